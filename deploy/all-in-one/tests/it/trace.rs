//! What was received, as traces.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use advosync_testkit::{OtlpReceiver, attribute};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

/// A span and the process that made it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) resource: Arc<[KeyValue]>,
    pub(crate) span: Span,
}

impl Seen {
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        attribute(&self.span.attributes, name)
    }

    pub(crate) fn service(&self) -> String {
        attribute(&self.resource, "service.name").unwrap()
    }

    pub(crate) fn trace_id(&self) -> String {
        hex(&self.span.trace_id)
    }

    /// Trace and span ids of what it is linked to.
    pub(crate) fn links(&self) -> Vec<(String, String)> {
        self.span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect()
    }

    pub(crate) fn is_linked_to(&self, other: &Self) -> bool {
        self.links().contains(&(other.trace_id(), hex(&other.span.span_id)))
    }

    pub(crate) fn is_child_of(&self, other: &Self) -> bool {
        (&self.span.parent_span_id, &self.span.trace_id) == (&other.span.span_id, &other.span.trace_id)
    }

    pub(crate) fn is_root(&self) -> bool {
        self.span.parent_span_id.is_empty()
    }
}

/// Any number of spans.
#[derive(Debug, Clone)]
pub(crate) struct Traces(pub(crate) Vec<Seen>);

impl Traces {
    pub(crate) fn of(receiver: &OtlpReceiver) -> Self {
        Self(receiver.spans_of_services().into_iter().map(|(resource, span)| Seen { resource, span }).collect())
    }

    pub(crate) fn filtered(&self, wanted: impl Fn(&Seen) -> bool) -> Self {
        Self(self.0.iter().filter(|seen| wanted(seen)).cloned().collect())
    }

    /// One trace of them.
    pub(crate) fn trace(&self, trace_id: &str) -> Self {
        self.filtered(|seen| seen.trace_id() == trace_id)
    }

    pub(crate) fn named(&self, name: &str) -> Self {
        self.filtered(|seen| seen.span.name == name)
    }

    pub(crate) fn of_kind(&self, kind: SpanKind) -> Self {
        self.filtered(|seen| seen.span.kind() == kind)
    }

    /// The only one.
    pub(crate) fn only(&self) -> &Seen {
        assert_eq!(self.0.len(), 1, "{:?}", self.outline());
        &self.0[0]
    }

    pub(crate) fn services(&self) -> BTreeSet<String> {
        self.0.iter().map(Seen::service).collect()
    }

    /// How many there are of each service and name.
    pub(crate) fn outline(&self) -> BTreeMap<(String, String), usize> {
        let mut outline = BTreeMap::new();
        for seen in &self.0 {
            *outline.entry((seen.service(), seen.span.name.clone())).or_default() += 1;
        }
        outline
    }

    fn by_id(&self) -> BTreeMap<&[u8], &Seen> {
        self.0.iter().map(|seen| (seen.span.span_id.as_slice(), seen)).collect()
    }

    /// One root, no orphan.
    pub(crate) fn assert_rooted(&self) {
        let by_id = self.by_id();
        let roots = self.filtered(Seen::is_root);
        assert_eq!(roots.0.len(), 1, "roots: {:?}", roots.outline());
        let orphans = self.filtered(|seen| !seen.is_root() && !by_id.contains_key(seen.span.parent_span_id.as_slice()));
        assert!(orphans.0.is_empty(), "orphans: {:?}", orphans.outline());
    }

    /// One root, no orphan, and each work on a job is child of and linked to its sending.
    pub(crate) fn assert_whole(&self) {
        self.assert_rooted();
        let by_id = self.by_id();
        for seen in &self.of_kind(SpanKind::Consumer).0 {
            let parent = by_id[seen.span.parent_span_id.as_slice()];
            assert_eq!(parent.span.kind(), SpanKind::Producer, "{} below {}", seen.span.name, parent.span.name);
            assert!(seen.is_linked_to(parent), "{} is not linked to its sending", seen.span.name);
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
