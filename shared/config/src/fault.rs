//! What is wrong with a configuration, all of it at once.

use std::fmt;

/// One variable that holds something it should not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable (or `.env`) to mend.
    pub variable: String,
    /// What it holds, ready to print; never a secret's value.
    pub holds: String,
    /// What it should be.
    pub should: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: holds {}, should be {}", self.variable, self.holds, self.should)
    }
}

/// Every fault found in a configuration; displays as one line a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    /// The exit status of a program that was started with a bad configuration.
    pub const EXIT_CODE: u8 = 2;

    /// The faults in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
