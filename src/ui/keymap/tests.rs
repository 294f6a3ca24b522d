use super::*;
use crate::ui::app::Command as Global;
use crate::ui::panes::buckets::Command as Buckets;
use crate::ui::widgets::list::Move;

fn user(text: &str) -> Result<Keymap, Vec<String>> {
    let load = Keymap::load(&text.parse().unwrap());
    load.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn means(keymap: &Keymap, layers: &[Layer], keys: &str) -> Meaning {
    let chord: Chord = keys.parse().unwrap();
    keymap.meaning(layers, chord.keys())
}

#[test]
fn the_defaults_load_without_a_conflict() {
    let keymap = user("").unwrap();
    assert_eq!(means(&keymap, &[Layer::List], "g"), Meaning::Begun);
    assert_eq!(means(&keymap, &[Layer::List], "g g"), Meaning::Command(Move::Top.into()));
    assert_eq!(
        means(&keymap, &[Layer::Global], "ctrl-c"),
        Meaning::Command(Global::QuitNow.into())
    );
}

#[test]
fn an_inner_layer_hides_an_outer_one() {
    let keymap = user("[buckets]\nupload = 'q'").unwrap();
    let both = [Layer::Buckets, Layer::Global];
    assert_eq!(means(&keymap, &both, "q"), Meaning::Command(Buckets::Upload.into()));
    assert_eq!(means(&keymap, &both[1..], "q"), Meaning::Command(Global::Quit.into()));
}

#[test]
fn rebinding_replaces_the_defaults_of_that_command_only() {
    let keymap = user("[buckets]\nupload = ['ctrl-u', 'f2']\npreview = []").unwrap();
    assert_eq!(means(&keymap, &[Layer::Buckets], "u"), Meaning::Nothing);
    assert_eq!(means(&keymap, &[Layer::Buckets], "p"), Meaning::Nothing);
    assert_eq!(keymap.hint(Buckets::Upload), "ctrl-u");
    assert_eq!(keymap.hint(Buckets::Preview), ":preview");
    assert_eq!(means(&keymap, &[Layer::Buckets], "d"), Meaning::Command(Buckets::Download.into()));
}

#[test]
fn the_users_key_takes_a_default_away_from_another_command() {
    let keymap = user("[buckets]\nupload = 'd'").unwrap();
    assert_eq!(means(&keymap, &[Layer::Buckets], "d"), Meaning::Command(Buckets::Upload.into()));
    assert_eq!(keymap.hint(Buckets::Download), ":download");
}

#[test]
fn errors_name_pane_and_key() {
    assert_eq!(
        user("[bukets]\nopen = 'x'").unwrap_err(),
        ["keys.bukets: there is no such pane: did you mean `buckets`?"]
    );
    assert_eq!(
        user("[buckets]\nuplaod = 'x'").unwrap_err(),
        ["keys.buckets.uplaod: there is no such command: did you mean `upload`?"]
    );
    assert_eq!(
        user("[buckets]\nupload = 'ctl-j'").unwrap_err(),
        ["keys.buckets.upload: \"ctl-j\" is not a key: write it like `ctrl-j`, `f5`, `G`"]
    );
    assert_eq!(
        user("[buckets]\nupload = 'x'\npreview = 'x y'").unwrap_err().len(),
        1,
        "x cannot both act and begin a chord"
    );
}

#[test]
fn keys_are_spelt_one_way() {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    let g = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::SHIFT);
    let big = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE);
    assert_eq!(Key::from(g), Key::from(big));
    let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(Key::from(back).to_string(), "shift-tab");
    for text in ["ctrl-j", "alt-f4", "space", "-", "ctrl--", "G", "ctrl-alt-delete", "é"] {
        assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
    }
}

#[test]
fn every_command_has_a_sentence() {
    for row in table(&user("").unwrap()) {
        assert!(row.doc.ends_with('.') && row.doc.len() > 5, "{} {}", row.pane, row.name);
    }
}
