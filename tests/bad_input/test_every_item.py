"""The table of bad input: each item and the tests that show what comes of it.

Each test runs the command a user types, on the bad input, and checks the error's type, its exit
code and words of its message, or the row with its reason; and that nothing was left behind.
"""

import ast
from pathlib import Path

HERE = Path(__file__).parent

ITEMS = {
    1: ("unknown config key", ["test_a_registry_that_does_not_fit[unknown-key]"]),
    2: ("unknown stage", ["test_a_registry_that_does_not_fit[unknown-stage]"]),
    3: ("unknown backbone", ["test_a_registry_that_does_not_fit[unknown-backbone]"]),
    4: ("chain in the wrong order", ["test_a_registry_that_does_not_fit[wrong-order]"]),
    5: ("missing file", ["test_a_configured_file_that_is_missing", "test_a_missing_file",
                         "test_a_missing_smiles_file", "test_a_file_of_another_kind"]),
    6: ("truncated gzip", ["test_a_truncated_gzip", "test_a_truncated_parquet_file",
                           "test_damaged_bytes_within_a_parquet_file"]),
    7: ("NaN or infinite coordinates", [
        "test_a_bad_conformer_is_a_row_and_the_others_stay[nan]",
        "test_a_bad_conformer_is_a_row_and_the_others_stay[infinite]",
        "test_a_bad_conformer_is_a_row_and_the_others_stay[far-away]",
        "test_bad_conformers_in_parquet_are_rows"]),
    8: ("atoms on top of each other", [
        "test_a_bad_conformer_is_a_row_and_the_others_stay[coincident]",
        "test_bad_conformers_in_parquet_are_rows",
        "test_a_file_of_bad_molecules_alone_is_an_error"]),
    9: ("zero reference conformers", ["test_no_references_to_multiply_is_an_error",
                                      "test_no_references_to_score_against_is_a_row",
                                      "test_no_references_to_train_on_is_an_error"]),
    10: ("conformers of one molecule with other atoms, order or bonds", [
        "test_a_bad_conformer_is_a_row_and_the_others_stay[other-number]",
        "test_a_bad_conformer_is_a_row_and_the_others_stay[other-elements]",
        "test_a_bad_conformer_is_a_row_and_the_others_stay[other-order]",
        "test_a_bad_conformer_is_a_row_and_the_others_stay[other-bonds]",
        "test_a_bad_conformer_is_a_row_and_the_others_stay[other-bond-orders]"]),
    11: ("disconnected molecule", ["test_a_bad_molecule_is_a_row_in_sdf[disconnected]",
                                   "test_a_bad_molecule_is_a_row_in_smiles[disconnected]"]),
    12: ("one atom", ["test_one_and_two_atoms_have_levels",
                      "test_one_and_two_atoms_are_embedded_and_scored",
                      "test_one_and_two_atoms_are_trained_sampled_and_scored"]),
    13: ("two atoms", ["test_one_and_two_atoms_have_levels",
                       "test_one_and_two_atoms_are_embedded_and_scored",
                       "test_one_and_two_atoms_are_trained_sampled_and_scored"]),
    14: ("unsupported element", [
        "test_a_bad_molecule_is_a_row_in_sdf[unsupported]",
        "test_a_bad_molecule_is_a_row_in_smiles[unsupported]",
        "test_an_element_that_is_none_is_a_row",
        "test_an_element_unseen_in_training_is_rows_and_the_others_are_drawn"]),
    15: ("radical", ["test_a_bad_molecule_is_a_row_in_sdf[radical]",
                     "test_a_bad_molecule_is_a_row_in_smiles[radical]"]),
    16: ("duplicate ids", ["test_a_repeated_id_is_a_row_and_the_first_stays"]),
    17: ("empty split", ["test_an_empty_subset_trains_nothing", "test_an_empty_list_is_an_error",
                         "test_an_empty_test_subset_is_an_error"]),
    18: ("a molecule larger than the atom budget",
         ["test_molecules_larger_than_the_atom_budget_are_drawn"]),
    19: ("settings changed under a rolling checkpoint",
         ["test_another_run_does_not_go_on_from_a_rolling_checkpoint",
          "test_the_same_run_goes_on_and_says_so"]),
    20: ("weights of another architecture", ["test_weights_of_another_architecture",
                                             "test_weights_of_another_stage"]),
    21: ("a results folder from another version", ["test_a_result_of_another_version",
                                                   "test_settings_of_another_version"]),
    22: ("full disk during a write", [
        "test_a_full_disk", "test_the_disk_fills_within_a_write",
        "test_outputs_appear_together_or_not_at_all",
        "test_a_log_on_a_full_disk_changes_no_exit_code"]),
    23: ("read-only folder", ["test_a_read_only_folder", "test_an_output_that_cannot_be_there"]),
}
CONTROLS = {  # the same commands on sound input, and what the others rest on
    "test_sound_files_are_taken", "test_errors_of_reading_keep_their_name",
    "test_without_its_sidecar_there_is_no_output",
    "test_an_earlier_output_is_replaced_where_there_is_room",
    "test_every_item_has_tests_and_every_test_an_item"}


def test_every_item_has_tests_and_every_test_an_item():
    texts = [file.read_text(encoding="utf-8") for file in HERE.glob("test_*.py")]
    found = {node.name: text for text in texts for node in ast.parse(text).body
             if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    assert sum(text.count("\ndef test_") for text in texts) == len(found)
    named = {test.partition("[")[0] for _, tests in ITEMS.values() for test in tests}
    assert list(ITEMS) == list(range(1, 24)) and all(tests for _, tests in ITEMS.values())
    assert named | CONTROLS == set(found) and not named & CONTROLS
    for _, tests in ITEMS.values():
        for function, _, case in (test.partition("[") for test in tests):
            assert not case or f'"{case[:-1]}"' in found[function]
