//! Deterministic simulator: one seed, one run, with faults and power cuts.
