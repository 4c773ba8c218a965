//! The live web, asked in process.
