//! Invented patients, in the manner of Synthea: FHIR resources, one JSON a line. Names are made
//! of syllables and numbers, so that none is anybody's.

use rand::Rng;
use rand::rngs::SmallRng;
use serde_json::json;

const PATIENTS: u32 = 400;

/// NDJSON by kind of resource.
#[derive(Default)]
pub struct People {
    pub patients: String,
    pub observations: String,
    pub conditions: String,
}

/// LOINC code, words, unit, and the range of what is measured.
const MEASURES: [(&str, &str, &str, f64, f64); 4] = [
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 95.0, 180.0),
    ("29463-7", "Body weight", "kg", 42.0, 130.0),
    ("2093-3", "Cholesterol in serum", "mg/dL", 120.0, 310.0),
    ("4548-4", "Hemoglobin A1c", "%", 4.2, 10.5),
];

/// SNOMED CT code and words.
const DISEASES: [(&str, &str); 5] = [
    ("38341003", "Hypertension"),
    ("44054006", "Diabetes mellitus type 2"),
    ("398036000", "Familial hypercholesterolemia"),
    ("254837009", "Malignant neoplasm of breast"),
    ("195967001", "Asthma"),
];

/// Everybody, with what was measured and found.
pub fn invent(random: &mut SmallRng) -> People {
    let mut people = People::default();
    for number in 1..=PATIENTS {
        let id = format!("demo-{number:05}");
        push(&mut people.patients, "Patient", &patient(&id, random));
        for visit in 0..random.random_range(2..8) {
            push(&mut people.observations, "Observation", &observation(&id, visit, random));
        }
        if random.random_bool(0.6) {
            push(&mut people.conditions, "Condition", &condition(&id, random));
        }
    }
    people
}

/// One line; its kind comes first, as everybody writes FHIR.
fn push(lines: &mut String, kind: &str, resource: &serde_json::Value) {
    let fields = resource.to_string();
    lines.push_str(&format!("{{\"resourceType\":\"{kind}\",{}\n", &fields[1..]));
}

fn date(random: &mut SmallRng, from: i32, to: i32) -> String {
    let (month, day) = (random.random_range(1..=12), random.random_range(1..=28));
    format!("{}-{month:02}-{day:02}", random.random_range(from..=to))
}

fn word(random: &mut SmallRng) -> String {
    const HEADS: [&str; 8] = ["Al", "Be", "Cor", "Dan", "El", "Mar", "Or", "Tes"];
    const TAILS: [&str; 8] = ["da", "ina", "lo", "mi", "ric", "sa", "ton", "ve"];
    let head = HEADS[random.random_range(0..HEADS.len())];
    format!("{head}{}{}", TAILS[random.random_range(0..TAILS.len())], random.random_range(100..999))
}

fn patient(id: &str, random: &mut SmallRng) -> serde_json::Value {
    json!({
        "id": id,
        "gender": if random.random_bool(0.5) { "female" } else { "male" },
        "birthDate": date(random, 1935, 2015),
        "name": [{"use": "official", "family": word(random), "given": [word(random)]}],
        "address": [{"city": word(random), "country": "GB"}],
        "active": random.random_bool(0.95),
    })
}

fn observation(id: &str, visit: u32, random: &mut SmallRng) -> serde_json::Value {
    let (code, words, unit, low, high) = MEASURES[random.random_range(0..MEASURES.len())];
    let value = (random.random_range(low..high) * 10.0).round() / 10.0;
    json!({
        "id": format!("{id}-o{visit}"),
        "status": "final",
        "subject": {"reference": format!("Patient/{id}")},
        "effectiveDateTime": date(random, 2023, 2026),
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": words}]},
        "valueQuantity": {"value": value, "unit": unit},
    })
}

fn condition(id: &str, random: &mut SmallRng) -> serde_json::Value {
    let (code, words) = DISEASES[random.random_range(0..DISEASES.len())];
    json!({
        "id": format!("{id}-c"),
        "subject": {"reference": format!("Patient/{id}")},
        "onsetDateTime": date(random, 2005, 2026),
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": words}]},
    })
}
