//! Delay, back-off and `Retry-After`.

use serde::{Deserialize, Serialize};

/// What politeness has to remember of a host queue between two leases. The frontier stores it
/// without looking inside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {}
