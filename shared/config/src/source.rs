//! Where variables come from.

use std::collections::HashMap;
use std::path::Path;

use crate::{Fault, Faults};

/// Gives the raw text of variables.
pub trait Source {
    /// The text of the variable `name`, if it is set.
    fn get(&self, name: &str) -> Option<String>;
}

/// A fixed set of variables, for tests and for tools that compose a configuration.
#[derive(Debug, Clone, Default)]
pub struct MapSource(HashMap<String, String>);

impl MapSource {
    /// Sets a variable, replacing an earlier text.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.0.insert(name.into(), text.into());
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for MapSource {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, text)| (name.into(), text.into())).collect())
    }
}

impl Source for MapSource {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// The process environment over the entries of a `.env` file. The environment is only read.
#[derive(Debug, Clone)]
pub struct EnvSource {
    file: HashMap<String, String>,
}

impl EnvSource {
    /// Reads `.env` in the working directory, where there is one.
    ///
    /// # Errors
    /// A `.env` that is there but can't be read.
    pub fn load() -> Result<Self, Faults> {
        Self::with_file(Path::new(".env"))
    }

    /// Reads the named `.env` file; one that is missing counts as empty.
    ///
    /// # Errors
    /// A file that is there but can't be read.
    pub fn with_file(path: &Path) -> Result<Self, Faults> {
        let file = if path.exists() { read_file(path)? } else { HashMap::new() };
        Ok(Self { file })
    }
}

impl Source for EnvSource {
    fn get(&self, name: &str) -> Option<String> {
        let from_environment = |name: &str| std::env::var_os(name).map(|text| text.to_string_lossy().into_owned());
        if let Some(text) = from_environment(name) {
            return Some(text);
        }
        // A secret that the environment gives in the other form (`X` or `X_FILE`) hides the file's entry.
        let twin = name.strip_suffix("_FILE").map_or_else(|| format!("{name}_FILE"), str::to_owned);
        if from_environment(&twin).is_some_and(|text| !text.trim().is_empty()) {
            return None;
        }
        self.file.get(name).cloned()
    }
}

fn read_file(path: &Path) -> Result<HashMap<String, String>, Faults> {
    let fault = |holds: String| {
        let should = "readable lines NAME=value; quote values that hold blanks, `#` or `$`".to_owned();
        Faults(vec![Fault { variable: path.display().to_string(), holds, should }])
    };
    let entries = dotenvy::from_path_iter(path).map_err(|_| fault("nothing that can be opened".to_owned()))?;
    let mut variables = HashMap::new();
    let mut last = "the start".to_owned();
    for entry in entries {
        // The parser's own error quotes the line, which may hold a secret.
        let (name, text) = entry.map_err(|_| fault(format!("an unreadable line after {last}")))?;
        last.clone_from(&name);
        variables.insert(name, text);
    }
    Ok(variables)
}
