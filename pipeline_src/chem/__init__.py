"""Everything that needs RDKit: foreign formats, stereo, levels, splits, embedding, SDF output."""
