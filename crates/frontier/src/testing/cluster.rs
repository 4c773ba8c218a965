//! Masters and replicas that share the slots.
