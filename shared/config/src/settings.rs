//! How a struct of settings is read.

use crate::{EnvSource, Faults, Reader, Source};

/// A group of settings that reads itself from variables.
pub trait Settings: Sized {
    /// Reads every variable of the group; faults are left in `reader`, stand-ins take their place.
    fn read(reader: &mut Reader<'_>) -> Self;

    /// Reads from `source`.
    ///
    /// # Errors
    /// All faults of the group.
    fn from_source(source: &dyn Source) -> Result<Self, Faults> {
        let mut reader = Reader::new(source);
        let settings = Self::read(&mut reader);
        reader.finish().map(|()| settings)
    }

    /// Reads from the process environment and `.env` in the working directory; the environment wins.
    ///
    /// # Errors
    /// All faults of the group, or of the `.env` file.
    fn load() -> Result<Self, Faults> {
        Self::from_source(&EnvSource::load()?)
    }
}
