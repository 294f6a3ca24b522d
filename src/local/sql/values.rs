//! `VALUES 1, 2`: rows of one value need no brackets in Trino, but do for the parser.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Puts brackets around every bare row.
pub fn bracket(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        out.push(tokens[at].clone());
        at += 1;
        if !is_values(&tokens[at - 1].token) {
            continue;
        }
        loop {
            let end = row_end(&tokens, at);
            push_row(&tokens[at..end], &mut out);
            at = end;
            match tokens.get(at) {
                Some(comma) if comma.token == Token::Comma => {
                    out.push(comma.clone());
                    at += 1;
                }
                _ => break,
            }
        }
    }
    out
}

fn is_values(token: &Token) -> bool {
    matches!(token, Token::Word(w) if w.keyword == Keyword::VALUES && w.quote_style.is_none())
}

/// Where a row ends: a comma, a bracket that was opened before it, or the next clause.
fn row_end(tokens: &[TokenWithSpan], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match &token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket if depth > 0 => depth -= 1,
            Token::RParen | Token::RBracket | Token::SemiColon | Token::EOF => return at,
            Token::Comma if depth == 0 => return at,
            Token::Word(w) if depth == 0 && w.quote_style.is_none() => {
                use Keyword::{EXCEPT, FETCH, INTERSECT, LIMIT, OFFSET, ORDER, UNION};
                if [EXCEPT, FETCH, INTERSECT, LIMIT, OFFSET, ORDER, UNION].contains(&w.keyword) {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

fn push_row(row: &[TokenWithSpan], out: &mut Vec<TokenWithSpan>) {
    let solid: Vec<&TokenWithSpan> =
        row.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).collect();
    let (Some(first), Some(last)) = (solid.first(), solid.last()) else {
        out.extend_from_slice(row);
        return;
    };
    if is_whole(&solid) {
        out.extend_from_slice(row);
        return;
    }
    out.push(TokenWithSpan { token: Token::LParen, span: first.span });
    out.extend_from_slice(row);
    out.push(TokenWithSpan { token: Token::RParen, span: last.span });
}

/// True where one pair of brackets holds the whole row.
fn is_whole(row: &[&TokenWithSpan]) -> bool {
    let mut depth = 0_usize;
    for (at, token) in row.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ if depth == 0 => return false,
            _ => {}
        }
        if depth == 0 && at + 1 < row.len() {
            return false;
        }
    }
    true
}
