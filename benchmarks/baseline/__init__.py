"""The plain way, kept to compare with: what released research codes do, in our own words.

One molecule at a time, a batch of its copies, directed edges, a radius graph rebuilt at every
step, both branches at every step. Kinder than those codes where they have a mere slip: dense
float products in place of integer ones, no anomaly detection, no copy of every step's positions.
"""
