//! `UNLOAD (SELECT …) TO 's3://…' WITH (…)`.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::file::Format;
use super::{Target, column_names, options};
use crate::local::sql::Engine;
use crate::local::sql::engine::parsed;
use crate::local::sql::error::SqlError;
use crate::local::sql::request::{Outcome, Request};
use crate::local::sql::scan::place;
use crate::local::sql::statement::Class;

impl Engine {
    /// Runs an UNLOAD.
    pub(in crate::local::sql) async fn unload(
        &self,
        request: &Request,
        class: Class,
    ) -> Result<Outcome, SqlError> {
        let (source, (query, location, options)) = parsed(request, |source| {
            let mut parser = source.parser();
            let fail = |e| source.error(e);
            parser.expect_keyword(Keyword::UNLOAD).map_err(fail)?;
            parser.expect_token(&Token::LParen).map_err(fail)?;
            let query = parser.parse_query().map_err(fail)?;
            parser.expect_token(&Token::RParen).map_err(fail)?;
            parser.expect_keyword(Keyword::TO).map_err(fail)?;
            let location = parser.parse_literal_string().map_err(fail)?;
            let options = options::parse(&mut parser, source, Format::Parquet)?;
            source.finish(&mut parser)?;
            Ok((query, location, options))
        })
        .await?;
        let (bucket, prefix) = place(&location)?;
        let target = Target { bucket, prefix };
        self.want_empty(&target, "UNLOAD").await?;
        let planned = self.plan(*query, source, &request.database, self.reach(request)).await?;
        let names = column_names(&planned.columns())?;
        let written = self.write_files(request, &planned, &names, &options, &target).await?;
        let mut outcome = self.written(request, class, &planned, &written);
        if let Some(output) = &request.output {
            outcome.manifest = Some(self.write_manifest(request, output, "", &written).await?);
            self.write_metadata(request, output, "", &planned.columns()).await?;
            outcome.location = Some(output.uri(""));
        }
        Ok(outcome)
    }
}
