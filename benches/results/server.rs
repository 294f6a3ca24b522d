//! A server in the shape of Athena and S3 whose results are made of their row numbers.
//!
//! `SELECT * FROM r1000` has 1,000 rows. `p1000` has the same, but its result object is
//! refused, so that only GetQueryResults is left.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const COLUMNS: [(&str, &str); 8] = [
    ("id", "bigint"),
    ("sample", "varchar"),
    ("chrom", "varchar"),
    ("pos", "bigint"),
    ("qual", "double"),
    ("day", "date"),
    ("note", "varchar"),
    ("filter", "varchar"),
];

/// Serves until the process ends; each answer begins after `latency`.
pub fn serve(listener: TcpListener, latency: Duration) -> io::Result<()> {
    for stream in listener.incoming() {
        let stream = stream?;
        // A client that hangs up is its own business.
        thread::spawn(move || talk(stream, latency));
    }
    Ok(())
}

struct Request {
    method: String,
    path: String,
    target: String,
    body: String,
}

fn talk(stream: TcpStream, latency: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        thread::sleep(latency);
        answer(&request, &mut writer)?;
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(ToOwned::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut target, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => target = value.trim().rsplit('.').next().unwrap_or("").to_owned(),
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let path = path.split('?').next().unwrap_or_default().to_owned();
    Ok(Some(Request { method, path, target, body }))
}

fn answer(request: &Request, to: &mut TcpStream) -> io::Result<()> {
    if let Some(name) = request.path.strip_prefix("/bench/athena/") {
        let rows = rows_of(name.trim_end_matches(".csv"));
        return if name.starts_with('p') {
            let body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
            whole(to, "403 Forbidden", "application/xml", body)
        } else {
            object(to, rows, request.method == "HEAD")
        };
    }
    let json = match request.target.as_str() {
        "StartQueryExecution" => {
            let sql = field(&request.body, "QueryString").unwrap_or_default();
            let id = sql.split_whitespace().last().unwrap_or("r0").to_owned();
            format!("{{\"QueryExecutionId\":\"{id}\"}}")
        }
        "GetQueryExecution" => {
            execution(&field(&request.body, "QueryExecutionId").unwrap_or_default())
        }
        "GetQueryResults" => page(&request.body),
        "GetWorkGroup" => "{\"WorkGroup\":{\"Name\":\"primary\",\"State\":\"ENABLED\",\
             \"Configuration\":{\"EnforceWorkGroupConfiguration\":false,\"ResultConfiguration\":\
             {\"OutputLocation\":\"s3://bench/athena/\"}}}}"
            .to_owned(),
        "GetDatabases" => "{\"DatabaseList\":[{\"Name\":\"default\"}]}".to_owned(),
        "GetTables" => "{\"TableList\":[]}".to_owned(),
        _ if request.body.contains("GetCallerIdentity") => {
            let body = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                <Arn>arn:aws:iam::111122223333:user/bench</Arn><UserId>bench</UserId>\
                <Account>111122223333</Account></GetCallerIdentityResult>\
                </GetCallerIdentityResponse>";
            return whole(to, "200 OK", "text/xml", body);
        }
        _ if request.target.is_empty() => {
            let body = "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";
            return whole(to, "200 OK", "application/xml", body);
        }
        _ => "{}".to_owned(),
    };
    whole(to, "200 OK", "application/x-amz-json-1.1", &json)
}

fn whole(to: &mut TcpStream, status: &str, kind: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
    to.write_all((head + body).as_bytes())
}

/// The text of a field of flat JSON without escapes, which is what clients send here.
fn field(json: &str, name: &str) -> Option<String> {
    let rest = json.split_once(&format!("\"{name}\":"))?.1.trim_start().strip_prefix('"')?;
    rest.split('"').next().map(ToOwned::to_owned)
}

fn rows_of(id: &str) -> usize {
    id.trim_start_matches(['r', 'p']).parse().unwrap_or(0)
}

fn execution(id: &str) -> String {
    format!(
        "{{\"QueryExecution\":{{\"QueryExecutionId\":\"{id}\",\"Query\":\"SELECT * FROM {id}\",\
         \"StatementType\":\"DML\",\"WorkGroup\":\"primary\",\
         \"ResultConfiguration\":{{\"OutputLocation\":\"s3://bench/athena/{id}.csv\"}},\
         \"Status\":{{\"State\":\"SUCCEEDED\",\"SubmissionDateTime\":1700000000.0,\
         \"CompletionDateTime\":1700000001.0}},\
         \"Statistics\":{{\"DataScannedInBytes\":10485760,\
         \"EngineExecutionTimeInMillis\":900}}}}}}"
    )
}

/// The values of a row; an empty one is NULL.
fn values(row: usize, mut with: impl FnMut(&str)) {
    let mixed = (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let mut text = String::with_capacity(32);
    let mut put = |words: std::fmt::Arguments<'_>| {
        text.clear();
        let _ = text.write_fmt(words);
        with(&text);
    };
    put(format_args!("{}", row + 1));
    put(format_args!("sample-{:05}", mixed % 40_000));
    put(format_args!("chr{}", mixed % 22 + 1));
    put(format_args!("{}", mixed % 248_000_000));
    put(format_args!("{}.{}", mixed % 100, mixed / 100 % 10));
    put(format_args!("20{:02}-{:02}-{:02}", row % 26, mixed % 12 + 1, mixed % 28 + 1));
    put(format_args!("seen with \"{}\" reads, twice", mixed % 1000));
    match row % 3 {
        0 => put(format_args!("")),
        _ => put(format_args!("PASS")),
    }
}

fn page(body: &str) -> String {
    const PAGE: usize = 1000;
    let rows = rows_of(&field(body, "QueryExecutionId").unwrap_or_default());
    let token = field(body, "NextToken").and_then(|text| text.parse::<usize>().ok());
    // The first page has the names in its first row.
    let (from, room) = token.map_or((0, PAGE - 1), |token| (token, PAGE));
    let to = (from + room).min(rows);
    let mut json = String::from("{\"ResultSet\":{\"Rows\":[");
    if token.is_none() {
        let names = COLUMNS.map(|(name, _)| format!("{{\"VarCharValue\":\"{name}\"}}"));
        let _ = write!(json, "{{\"Data\":[{}]}}", names.join(","));
    }
    for row in from..to {
        json.push_str(if json.ends_with('[') { "{\"Data\":[" } else { ",{\"Data\":[" });
        let mut first = true;
        values(row, |value| {
            json.push_str(if first { "{" } else { ",{" });
            first = false;
            if !value.is_empty() {
                let _ = write!(json, "\"VarCharValue\":\"{}\"", value.replace('"', "\\\""));
            }
            json.push('}');
        });
        json.push_str("]}");
    }
    json.push_str("],\"ResultSetMetadata\":{\"ColumnInfo\":[");
    let columns = COLUMNS.map(|(name, kind)| {
        format!(
            "{{\"CatalogName\":\"hive\",\"Name\":\"{name}\",\"Label\":\"{name}\",\"Type\":\"{kind}\",\
             \"Precision\":0,\"Scale\":0,\"Nullable\":\"UNKNOWN\",\"CaseSensitive\":false}}"
        )
    });
    json.push_str(&columns.join(","));
    json.push_str("]}}");
    if to < rows {
        let _ = write!(json, ",\"NextToken\":\"{to}\"");
    }
    json.push('}');
    json
}

/// The whole result as Athena writes it.
fn object(to: &mut TcpStream, rows: usize, head_only: bool) -> io::Result<()> {
    let mut header: Vec<u8> = COLUMNS.map(|(name, _)| format!("\"{name}\"")).join(",").into();
    header.push(b'\n');
    let mut length = header.len();
    let mut line = Vec::new();
    for row in 0..rows {
        csv(row, &mut line);
        length += line.len();
        line.clear();
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nETag: \"{rows:032x}\"\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    to.write_all(head.as_bytes())?;
    if head_only {
        return Ok(());
    }
    let mut out = header;
    for row in 0..rows {
        csv(row, &mut out);
        if out.len() >= 256 << 10 {
            to.write_all(&out)?;
            out.clear();
        }
    }
    to.write_all(&out)
}

fn csv(row: usize, out: &mut Vec<u8>) {
    let mut first = true;
    values(row, |value| {
        if !std::mem::replace(&mut first, false) {
            out.push(b',');
        }
        if !value.is_empty() {
            out.push(b'"');
            for byte in value.bytes() {
                out.push(byte);
                if byte == b'"' {
                    out.push(byte);
                }
            }
            out.push(b'"');
        }
    });
    out.push(b'\n');
}
