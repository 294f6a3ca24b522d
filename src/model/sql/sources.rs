//! The tables that a query reads, as a manifest names them.

use super::tables;

/// The tables that one query reads, as `database.table` in small letters, in order and once; those
/// without a database are `database`'s.
pub fn sources(sql: &str, database: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for table in tables::named(sql) {
        let database = table.database.unwrap_or_else(|| database.to_lowercase());
        let table = format!("{database}.{}", table.name);
        if !found.contains(&table) {
            found.push(table);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_once_with_their_database() {
        assert_eq!(
            sources("select 1 from G.\"Variants\" v, people p join a.b.c on 1 = 1, people", "D"),
            ["g.variants", "d.people", "b.c"]
        );
    }
}
