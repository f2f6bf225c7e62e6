//! What a setting is, whatever its type: something that is read, checked, merged and printed. It knows no setting.

use super::{
    Config,
    value::{Misplaced, Mistake, Node, Value},
};

/// One setting.
pub(super) struct Setting {
    /// Its key in the file, the names of its tables in front of it.
    pub(super) key: &'static str,
    /// The variable that other libraries read for the same, asked after our own.
    pub(super) also: Option<&'static str>,
    /// The library's default, as a variable would say it; empty for none.
    pub(super) default: &'static str,
    /// What it is, with its unit.
    pub(super) meaning: &'static str,
    /// What may be written, for messages.
    pub(super) allowed: &'static str,
    /// Whether a change of the file takes effect while the program runs.
    pub(super) reloads: bool,
    /// Whether it says where to listen, which a program may say otherwise.
    pub(super) is_address: bool,
    /// Whether it says who may read, for which there is no default, and an empty word is a mistake: it would let
    /// everybody in where somebody was meant to be kept out.
    pub(super) is_access: bool,
    pub(super) field: &'static dyn Access,
}

/// A field of [`Config`], whatever its type.
pub(super) trait Access: Sync {
    /// Whether several sources make its value together.
    fn joins(&self) -> bool;

    fn is_set(&self, config: &Config) -> bool;

    fn is_same(&self, a: &Config, b: &Config) -> bool;

    /// Sets it by a variable's text.
    fn read_text(&self, config: &mut Config, text: &str) -> Result<(), Mistake>;

    /// Sets it by a value of a file.
    fn read_toml(&self, config: &mut Config, node: &Node<'_>) -> Result<(), Misplaced>;

    /// Whether what a program has set is allowed.
    fn check(&self, config: &Config) -> Result<(), Mistake>;

    /// Moves it over from a stronger source, if that has it.
    fn take(&self, config: &mut Config, stronger: &mut Config);

    /// Forgets it.
    fn clear(&self, config: &mut Config);

    /// What a message may show of a value that is refused.
    fn shown<'a>(&self, value: &'a str) -> &'a str;

    /// Its value as TOML, if it is set.
    fn to_toml(&self, config: &Config) -> Option<String>;
}

/// A field of this type.
pub(super) struct Field<T: 'static> {
    pub(super) get: fn(&Config) -> &Option<T>,
    pub(super) get_mut: fn(&mut Config) -> &mut Option<T>,
    pub(super) check: fn(&T) -> Result<(), Mistake>,
}

impl<T: Value> Access for Field<T> {
    fn joins(&self) -> bool {
        T::JOINS
    }

    fn is_set(&self, config: &Config) -> bool {
        (self.get)(config).is_some()
    }

    fn is_same(&self, a: &Config, b: &Config) -> bool {
        (self.get)(a) == (self.get)(b)
    }

    fn read_text(&self, config: &mut Config, text: &str) -> Result<(), Mistake> {
        let value = T::of_text(text)?;
        (self.check)(&value)?;
        *(self.get_mut)(config) = Some(value);
        Ok(())
    }

    fn read_toml(&self, config: &mut Config, node: &Node<'_>) -> Result<(), Misplaced> {
        let value = T::of_toml(node)?;
        (self.check)(&value).map_err(|mistake| Misplaced { span: node.span(), mistake })?;
        *(self.get_mut)(config) = Some(value);
        Ok(())
    }

    fn check(&self, config: &Config) -> Result<(), Mistake> {
        (self.get)(config).as_ref().map_or(Ok(()), self.check)
    }

    fn take(&self, config: &mut Config, stronger: &mut Config) {
        let Some(value) = (self.get_mut)(stronger).take() else { return };
        let field = (self.get_mut)(config);
        *field = Some(match field.take() {
            Some(weaker) => weaker.joined(value),
            None => value,
        });
    }

    fn clear(&self, config: &mut Config) {
        *(self.get_mut)(config) = None;
    }

    fn shown<'a>(&self, value: &'a str) -> &'a str {
        if T::IS_SECRET { "***" } else { value }
    }

    fn to_toml(&self, config: &Config) -> Option<String> {
        (self.get)(config).as_ref().map(Value::to_toml)
    }
}

impl Setting {
    /// The variable that is asked first.
    pub(super) fn variable(&self) -> String {
        format!("METRICS_{}", self.key.to_uppercase().replace('.', "_"))
    }

    /// All variables, the strongest first.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.variable()).chain(self.also.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq)]
    struct Password;

    impl Value for Password {
        const IS_SECRET: bool = true;

        fn of_text(_: &str) -> Result<Self, Mistake> {
            Ok(Self)
        }

        fn of_toml(_: &Node<'_>) -> Result<Self, Misplaced> {
            Ok(Self)
        }

        fn to_toml(&self) -> String {
            "\"***\"".to_owned()
        }
    }

    #[test]
    fn secrets_are_in_no_message() {
        let port = Field { get: |config| &config.port, get_mut: |config| &mut config.port, check: |_| Ok(()) };
        assert_eq!(port.shown("80x"), "80x");
        let get_mut: fn(&mut Config) -> &mut Option<Password> = |_| unreachable!("it is not set here");
        let password = Field { get: |_| &Some(Password), get_mut, check: |_| Ok(()) };
        assert_eq!(password.shown("hunter2"), "***");
        assert_eq!(password.to_toml(&Config::default()).as_deref(), Some("\"***\""));
    }
}
