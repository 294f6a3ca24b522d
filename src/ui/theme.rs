//! Colours by meaning. The default uses the terminal's own sixteen, so that it looks right
//! on a light and on a dark ground; `NO_COLOR` and the theme `mono` use none.

use ratatui::style::{Color, Modifier, Style};

const THEMES: &[(&str, &str)] = &[
    ("default", include_str!("../../assets/themes/default.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

macro_rules! theme {
    ($($(#[$meta:meta])* $role:ident;)+) => {
        /// What each thing on screen looks like.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Theme { $($(#[$meta])* pub $role: Style),+ }

        impl Theme {
            fn set(&mut self, role: &str, style: Style) -> bool {
                match role {
                    $(stringify!($role) => self.$role = style,)+
                    _ => return false,
                }
                true
            }
        }
    };
}

theme! {
    /// Everything that is nothing else.
    base;
    /// Said, but not the point.
    dim;
    /// What has the focus.
    accent;
    /// Titles of columns and panels.
    title;
    border;
    /// The header line.
    header;
    /// The row under the cursor.
    cursor;
    /// The same where the keys go elsewhere.
    cursor_dim;
    /// Marked rows.
    marked;
    /// Folders and buckets.
    folder;
    /// A key in the footer and in help.
    key;
    ok;
    warn;
    error;
    /// DEMO, LOCAL.
    badge;
    /// A text field.
    field;
    sql_keyword;
    sql_text;
    sql_number;
    sql_comment;
    /// NULL in a grid.
    null;
}

impl Theme {
    /// The names that the configuration may give.
    pub fn names() -> impl Iterator<Item = &'static str> {
        THEMES.iter().map(|(name, _)| *name)
    }

    /// The theme of this name; `plain` (NO_COLOR) leaves only bold, dim and reverse.
    pub fn named(name: &str, plain: bool) -> Option<Self> {
        let name = if plain { "mono" } else { name };
        let (_, source) = THEMES.iter().find(|(known, _)| *known == name)?;
        parse(source).ok()
    }
}

fn parse(source: &str) -> Result<Theme, String> {
    let table: toml::Table = source.parse().map_err(|e: toml::de::Error| e.to_string())?;
    let mut theme = Theme::default();
    for (role, value) in &table {
        let words = value.as_str().ok_or_else(|| format!("{role} is not a text"))?;
        if !theme.set(role, style(words)?) {
            return Err(format!("{role} is no role"));
        }
    }
    Ok(theme)
}

/// `bold cyan on blue`, `reverse`, `#ff8800`.
fn style(words: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut ground = false;
    for word in words.split_whitespace() {
        style = match word {
            "on" => {
                ground = true;
                continue;
            }
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underline" => style.add_modifier(Modifier::UNDERLINED),
            "reverse" => style.add_modifier(Modifier::REVERSED),
            colour => {
                let colour: Color = colour.parse().map_err(|_| format!("{colour} is no colour"))?;
                if ground { style.bg(colour) } else { style.fg(colour) }
            }
        };
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_is_whole() {
        for (name, source) in THEMES {
            let theme = parse(source).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_ne!(theme.cursor, Style::new(), "{name}");
            assert_ne!(theme.error, Style::new(), "{name}");
        }
        assert!(Theme::named("nope", false).is_none());
    }

    #[test]
    fn no_color_means_none() {
        let plain = parse(THEMES[3].1).unwrap();
        assert_eq!(Theme::named("dark", true).unwrap(), plain);
        let text = format!("{plain:?}");
        assert!(!text.contains("fg(") && !text.contains("bg("), "{text}");
    }
}
