//! Every command there is, with its name and its one sentence, in one table: footer, help,
//! `lakehand keys` and the palette are all made from it.

/// Makes a layer's command enum out of `Variant = "name", "Doc.";` lines.
macro_rules! commands {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($variant:ident = $text:literal, $doc:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $vis enum $name { $(#[doc = $doc] $variant),+ }

        impl $name {
            /// In the order that help shows.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As the keymap file spells it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// One sentence for help and palette.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc),+ }
            }
        }
    };
}
pub(crate) use commands;

/// Declares the layers of the keymap and the sum of their commands, one line a layer.
macro_rules! layers {
    ($($layer:ident($commands:ty) = $text:literal;)+) => {
        /// A table of the keymap; a key is looked up in several of them, innermost first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Layer { $($layer),+ }

        impl Layer {
            pub const ALL: &'static [Self] = &[$(Self::$layer),+];

            /// As the keymap file spells it: `[buckets]`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$layer => $text),+ }
            }

            /// The layer's commands, in the order that help shows.
            pub fn commands(self) -> Vec<Command> {
                match self {
                    $(Self::$layer => <$commands>::ALL.iter().map(|c| (*c).into()).collect()),+
                }
            }
        }

        /// Something a key can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Command { $($layer($commands)),+ }

        impl Command {
            pub fn layer(self) -> Layer {
                match self { $(Self::$layer(_) => Layer::$layer),+ }
            }

            pub fn name(self) -> &'static str {
                match self { $(Self::$layer(c) => c.name()),+ }
            }

            pub fn doc(self) -> &'static str {
                match self { $(Self::$layer(c) => c.doc()),+ }
            }
        }

        $(impl From<$commands> for Command {
            fn from(command: $commands) -> Self { Self::$layer(command) }
        })+
    };
}

layers! {
    Modal(super::modal::Command) = "modal";
    Field(super::widgets::field::Command) = "field";
    Start(super::app::StartCommand) = "start";
    Buckets(super::panes::buckets::Command) = "buckets";
    Tags(super::panes::buckets::TagsCommand) = "tags";
    Places(super::panes::buckets::PlacesCommand) = "places";
    Preview(super::panes::buckets::viewer::Command) = "preview";
    Size(super::panes::buckets::SizeCommand) = "size";
    Posture(super::panes::buckets::PostureCommand) = "posture";
    Versions(super::panes::buckets::VersionsCommand) = "versions";
    Transfers(super::panes::transfers::Command) = "transfers";
    Strays(super::panes::transfers::StraysCommand) = "strays";
    Batches(super::panes::transfers::BatchesCommand) = "batches";
    Sql(super::panes::sql::Command) = "sql";
    Entry(super::panes::sql::EntryCommand) = "entry";
    Result(super::panes::sql::ResultCommand) = "result";
    Catalog(super::panes::sql::CatalogCommand) = "catalog";
    Venue(super::panes::sql::VenueCommand) = "where";
    Jobs(super::panes::jobs::Command) = "jobs";
    Form(super::panes::jobs::FormCommand) = "form";
    List(super::widgets::list::Move) = "list";
    Global(super::app::Command) = "global";
}
