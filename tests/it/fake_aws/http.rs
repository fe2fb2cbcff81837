//! Requests in, bytes out: just enough of HTTP/1.1 for the SDK.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Map, Value, json};

use super::{Call, OWN, Reply, Shared};

pub fn serve(stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    while let Some(call) = request(&mut reader) {
        let query = matches!(call.service.as_str(), "iam" | "sts");
        if !send(stream, shared.answer(call), query) {
            return;
        }
    }
}

fn request(reader: &mut BufReader<&TcpStream>) -> Option<Call> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    // AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ...
    let scope = headers.get("authorization")?.split_once("Credential=")?.1.split(',').next()?.to_owned();
    let parts: Vec<&str> = scope.split('/').collect();
    let body: Value = serde_json::from_slice(&body).unwrap_or_else(|_| form(&String::from_utf8_lossy(&body)));
    let action = match headers.get("x-amz-target") {
        Some(target) => target.rsplit('.').next()?.to_owned(),
        None => body.get("Action").and_then(Value::as_str).unwrap_or(path.trim_matches('/')).to_owned(),
    };
    Some(Call {
        account: parts.first()?.strip_prefix("ASSUMED").unwrap_or(OWN).to_owned(),
        region: (*parts.get(2)?).to_owned(),
        service: (*parts.get(3)?).to_owned(),
        action,
        body,
        before: 0,
    })
}

fn form(body: &str) -> Value {
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), json!(decoded(value))));
    Value::Object(body.split('&').filter_map(pair).collect::<Map<_, _>>())
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits: String = bytes.by_ref().take(2).map(char::from).collect();
            out.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

/// False when the connection is done for.
fn send(stream: &TcpStream, reply: Reply, query: bool) -> bool {
    let (status, kind, body, length) = match reply {
        Reply::Slow(time, reply) => {
            std::thread::sleep(time);
            return send(stream, *reply, query);
        }
        Reply::Json(value) => whole(200, "application/x-amz-json-1.1", value.to_string()),
        Reply::Xml(text) => whole(200, "text/xml", text),
        Reply::Raw(status, kind, body) => whole(status, kind, body),
        Reply::Error(status, code, message) if query => {
            let error = format!("<Code>{code}</Code><Message>{message}</Message>");
            whole(
                status,
                "text/xml",
                format!("<ErrorResponse><Error>{error}</Error><RequestId>x</RequestId></ErrorResponse>"),
            )
        }
        Reply::Error(status, code, message) => {
            whole(status, "application/x-amz-json-1.1", json!({ "__type": code, "message": message }).to_string())
        }
        Reply::Cut(value) => {
            let body = value.to_string();
            let length = body.len();
            (200, "application/x-amz-json-1.1", body[..length / 2].to_owned(), length)
        }
    };
    let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
    let mut stream = stream;
    let sent = stream.write_all(format!("{head}{body}").as_bytes()).is_ok();
    if body.len() < length {
        let _ = stream.shutdown(std::net::Shutdown::Both);
        return false;
    }
    sent
}

fn whole(status: u16, kind: &'static str, body: String) -> (u16, &'static str, String, usize) {
    let length = body.len();
    (status, kind, body, length)
}
