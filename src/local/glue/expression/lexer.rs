//! Text to tokens.

/// A token and the character position it starts at, from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub token: Token,
    pub at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A bare word: a key or a keyword.
    Word(String),
    /// A key in backticks or double quotes.
    Quoted(String),
    Text(String),
    Number(String),
    /// An operator, a parenthesis or a comma.
    Sign(&'static str),
}

const SIGNS: [&str; 11] = ["<>", "!=", "<=", ">=", "==", "=", "<", ">", "(", ")", ","];

pub fn lex(text: &str) -> Result<Vec<Placed>, String> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        let token = match letter {
            '\'' => Token::Text(quoted(&letters, &mut at)?),
            '`' | '"' => Token::Quoted(quoted(&letters, &mut at)?),
            _ if starts_number(&letters, at) => Token::Number(number(&letters, &mut at)),
            _ if letter.is_alphabetic() || letter == '_' => Token::Word(word(&letters, &mut at)),
            _ => Token::Sign(sign(&letters, &mut at)?),
        };
        tokens.push(Placed { token, at: start + 1 });
    }
    Ok(tokens)
}

/// Reads up to the closing quote; a doubled quote stands for itself.
fn quoted(letters: &[char], at: &mut usize) -> Result<String, String> {
    let quote = letters[*at];
    let start = *at + 1;
    let mut text = String::new();
    *at += 1;
    while let Some(&letter) = letters.get(*at) {
        *at += 1;
        if letter != quote {
            text.push(letter);
        } else if letters.get(*at) == Some(&quote) {
            text.push(quote);
            *at += 1;
        } else {
            return Ok(text);
        }
    }
    Err(format!("the {quote} at position {start} is not closed"))
}

fn starts_number(letters: &[char], at: usize) -> bool {
    let digit = |offset: usize| letters.get(at + offset).is_some_and(char::is_ascii_digit);
    digit(0) || (matches!(letters[at], '-' | '+' | '.') && digit(1))
}

fn number(letters: &[char], at: &mut usize) -> String {
    take(letters, at, |index, letter| {
        letter.is_ascii_digit() || letter == '.' || (index == 0 && matches!(letter, '-' | '+'))
    })
}

fn word(letters: &[char], at: &mut usize) -> String {
    take(letters, at, |_, letter| letter.is_alphanumeric() || letter == '_')
}

fn take(letters: &[char], at: &mut usize, wanted: impl Fn(usize, char) -> bool) -> String {
    let rest = letters[*at..].iter().copied().enumerate();
    let text: String = rest.take_while(|&(i, c)| wanted(i, c)).map(|(_, c)| c).collect();
    *at += text.chars().count();
    text
}

fn sign(letters: &[char], at: &mut usize) -> Result<&'static str, String> {
    let matches =
        |sign: &&&str| sign.chars().enumerate().all(|(i, c)| letters.get(*at + i) == Some(&c));
    let Some(sign) = SIGNS.iter().find(matches) else {
        return Err(format!("'{}' at position {}", letters[*at].escape_default(), *at + 1));
    };
    *at += sign.len();
    Ok(sign)
}
