//! What every operation has: authentication, errors, headers.

use super::{API_KEY, schemas};
use crate::api::authentication::Authentication;
use crate::api::error::{ErrorBody, REFUSALS, Refused};
use utoipa::PartialSchema;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, HttpMethod, OpenApi, PathItem, Ref, RefOr, Required,
    ResponseBuilder,
};

/// Adds to each collected operation what it shares with others.
pub(super) fn add_to(api: &mut OpenApi, authentication: Authentication) {
    let components = api.components.get_or_insert_default();
    components.schemas.extend(schemas::all());
    components.schemas.entry("Error".to_owned()).or_insert_with(ErrorBody::schema);
    for (path, item) in &mut api.paths.paths {
        let is_api = path.starts_with("/v1/");
        for (method, operation) in operations(item) {
            name_uniquely(operation);
            make_body_not_null(operation);
            if is_api && authentication.by_api_key {
                let key = SecurityRequirement::new::<_, [String; 0], String>(API_KEY, []);
                operation.security = Some(vec![key]);
            }
            if is_api {
                add_refusals(operation, &method, path.contains("{id}"), authentication);
            }
            if method == HttpMethod::Post {
                operation.parameters.get_or_insert_default().push(idempotency_key().into());
            }
            for (status, response) in &mut operation.responses.responses {
                let RefOr::T(response) = response else { continue };
                response
                    .headers
                    .insert("X-Request-Id".to_owned(), text("Of this request, for its log lines").into());
                if method == HttpMethod::Post && status.starts_with('2') {
                    let replayed = text("`true` if this is the first answer to the same request, again");
                    response.headers.insert("Idempotent-Replayed".to_owned(), replayed.into());
                }
            }
        }
    }
}

/// Handlers are called `list` or `get` in several modules: the group's name tells them apart.
fn name_uniquely(operation: &mut Operation) {
    let group = operation.tags.iter().flatten().next();
    if let (Some(group), Some(name)) = (group, &operation.operation_id) {
        operation.operation_id = Some(format!("{group}_{name}"));
    }
}

/// A body that need not be sent is `Option<…>` to the handler's macro, which takes that to mean `null` as well.
fn make_body_not_null(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(sent_or_null))) = &content.schema else { continue };
        if let Some(sent) = sent_or_null.items.iter().find(|item| matches!(item, RefOr::Ref(_))) {
            content.schema = Some(sent.clone());
        }
    }
}

fn operations(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?))).collect()
}

/// The refusals that follow from what an operation takes, beside those that it names itself.
fn add_refusals(
    operation: &mut Operation,
    method: &HttpMethod,
    names_a_thing: bool,
    Authentication { by_api_key, by_cookies }: Authentication,
) {
    let takes_body = operation.request_body.is_some();
    let takes_query = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => false,
    });
    let is_post = *method == HttpMethod::Post;
    for refusal in REFUSALS {
        let applies = match refusal.of {
            Refused::Anything => true,
            Refused::Change => by_cookies && *method != HttpMethod::Get,
            Refused::Body => takes_body,
            Refused::Input => takes_body || takes_query || is_post,
            Refused::Named => names_a_thing,
            Refused::Post => is_post,
        };
        if applies {
            let when = match refusal.status {
                401 if !by_api_key => "authentication is missing, or not good",
                429 if !by_api_key => "the organization has made too many requests; see `Retry-After`",
                _ => refusal.when,
            };
            add_refusal(operation, refusal.status, refusal.code, when);
        }
    }
}

/// One status may have several codes: each is a paragraph of its description.
fn add_refusal(operation: &mut Operation, status: u16, code: &str, when: &str) {
    let line = format!("`{code}`: {when}");
    match operation.responses.responses.get_mut(&status.to_string()) {
        Some(RefOr::T(known)) => known.description = format!("{}\n\n{line}", known.description),
        Some(RefOr::Ref(_)) => {}
        None => {
            let example = serde_json::json!({"error": {"code": code, "message": when, "status": status}});
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Error")))
                .example(Some(example))
                .build();
            let response = ResponseBuilder::new().description(line).content(JSON, content).build();
            operation.responses.responses.insert(status.to_string(), response.into());
        }
    }
}

const JSON: &str = "application/json";

fn idempotency_key() -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The same key and request within 24 hours gets the first answer again"))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(255))
                .pattern(Some("^[!-~]+$"))
                .build(),
        ))
        .build()
}

fn text(description: &str) -> Header {
    HeaderBuilder::new()
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}
