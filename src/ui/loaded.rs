//! Something that is asked for outside: not yet, on its way, here, or not to be had.

use super::talk::Failure;

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Loaded<T> {
    #[default]
    Unknown,
    Waiting,
    Here(T),
    Failed(Failure),
}

impl<T> Loaded<T> {
    pub fn here(&self) -> Option<&T> {
        match self {
            Self::Here(value) => Some(value),
            _ => None,
        }
    }

    pub fn here_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Here(value) => Some(value),
            _ => None,
        }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting)
    }

    /// Asks again: what is here stays until the answer comes.
    pub fn renew(&mut self) {
        if !matches!(self, Self::Here(_)) {
            *self = Self::Waiting;
        }
    }
}

impl<T> From<Result<T, Failure>> for Loaded<T> {
    fn from(result: Result<T, Failure>) -> Self {
        result.map_or_else(Self::Failed, Self::Here)
    }
}
