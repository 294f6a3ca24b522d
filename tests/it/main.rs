//! One integration binary: screens, engines against the local lake, faults, rooms.
