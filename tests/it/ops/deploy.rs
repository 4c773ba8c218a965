//! The files that start things: compose, the image, units.
