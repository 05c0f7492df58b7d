"""The dashboards, as plain data. deploy/generate makes Grafana's JSON of them."""

RATE = "$__rate_interval"


def quantiles(metric, by, selector=""):
    """Median and 99th percentile of a histogram."""
    inner = f"sum by (le{', ' + by if by else ''}) (rate({metric}_bucket{selector}[{RATE}]))"
    legend = "{{%s}} " % by if by else ""
    return [
        (f"histogram_quantile(0.5, {inner})", legend + "p50"),
        (f"histogram_quantile(0.99, {inner})", legend + "p99"),
    ]


# Each panel: kind, title, description, unit, [(expression, legend)], options.
FIRM = (
    "Firm",
    "Are the calendars right?",
    [
        (
            "Now",
            [
                ("stat", "Oldest success", "How long ago the employee who waits longest was last found or made equal on both sides.", "s",
                 [("time() - min(advosync_employee_last_success_timestamp_seconds)", "")], {"red": 7200, "yellow": 900}),
                ("stat", "Employees in view", "Employees whose calendars have been brought up to date at least once.", "short",
                 [("count(max by (kuerzel) (advosync_employee_last_success_timestamp_seconds))", "")], {}),
                ("stat", "Held", "Employees with deletions that wait for a person's release.", "short",
                 [("max(advosync_held_employees)", "")], {"red": 1}),
                ("stat", "Dead letters", "Jobs that were given up and wait for a person.", "short",
                 [("max(advosync_jobs{state=\"dead\"})", "")], {"red": 1}),
                ("stat", "Drift", "Appointments that differed between both sides by the last reports.", "short",
                 [("sum(max by (kind) (advosync_drift_appointments))", "")], {"red": 1}),
                ("stat", "Conflicts in 24 h", "Fields that both sides changed differently; the configured side won.", "short",
                 [("sum(increase(advosync_conflicts_total[24h]))", "")], {"yellow": 1}),
            ],
        ),
        (
            "Employees",
            [
                ("table", "Last success", "Per employee, how long ago both sides were last found or made equal.", "s",
                 [("sort_desc(time() - max by (kuerzel) (advosync_employee_last_success_timestamp_seconds))", "")], {}),
                ("series", "Drift", "Appointments missing, extra or different, by the last reports.", "short",
                 [("max by (kind) (advosync_drift_appointments)", "{{kind}}")], {}),
            ],
        ),
        (
            "What runs do",
            [
                ("series", "Runs by status", "Runs of one employee that ended, a minute. Exemplars lead to the trace.", "short",
                 [(f"60 * sum by (status) (rate(advosync_run_duration_seconds_count{{kind=\"employee\"}}[{RATE}]))", "{{status}}")], {}),
                ("series", "Writes", "Appointments written a minute, by side and kind.", "short",
                 [(f"60 * sum by (side, operation) (rate(advosync_operations_total{{outcome=\"applied\"}}[{RATE}]))", "{{side}} {{operation}}")], {}),
                ("series", "Failed writes and items", "Writes that failed and appointments that a run could not handle, a minute.", "short",
                 [(f"60 * sum by (side) (rate(advosync_operations_total{{outcome=\"failed\"}}[{RATE}]))", "{{side}} writes"),
                  (f"60 * sum(rate(advosync_item_errors_total[{RATE}]))", "items")], {}),
                ("series", "Conflicts by field", "Fields that both sides changed differently, an hour.", "short",
                 [("sum by (field) (increase(advosync_conflicts_total[1h]))", "{{field}}")], {}),
                ("series", "Size of plans", "Operations in a run's plan. An unchanged employee has 0.", "short",
                 quantiles("advosync_plan_operations", ""), {}),
                ("series", "Duration of runs", "Time from claim to end of a run of one employee. Exemplars lead to the trace.", "s",
                 quantiles("advosync_run_duration_seconds", "", "{kind=\"employee\"}"), {"exemplar": True}),
            ],
        ),
        (
            "Push",
            [
                ("series", "Push channels", "Channels open with Google; each tells us of a change within seconds.", "short",
                 [("max(advosync_push_channels)", "open")], {}),
                ("series", "First channel ends in", "Time until the first channel ends, if it is not renewed before.", "s",
                 [("min(advosync_push_channel_expiry_timestamp_seconds) - time()", "ends in")], {}),
                ("series", "Notifications", "Push notifications a minute; refused ones did not bear our token.", "short",
                 [(f"60 * sum by (outcome) (rate(advosync_push_notifications_total[{RATE}]))", "{{outcome}}")], {}),
            ],
        ),
    ],
)

FLEET = (
    "Fleet",
    "Queue, workers, latency.",
    [
        (
            "Now",
            [
                ("stat", "Workers", "Workers that are alive.", "short", [("max(advosync_workers)", "")], {"low": 1}),
                ("stat", "Busy slots", "Share of the fleet's slots that run a job now.", "percentunit",
                 [("max(advosync_worker_slots_busy) / max(advosync_worker_slots)", "")], {}),
                ("stat", "Unfinished jobs", "Everything that is waiting, parked, delayed or being run.", "short",
                 [("sum(max by (state) (advosync_jobs{state!=\"dead\"}))", "")], {}),
                ("stat", "Leaders", "Schedulers that lead: exactly one.", "short", [("sum(advosync_scheduler_leader)", "")], {"low": 1}),
                ("stat", "Redis", "Whether the fleet's state can be read from Redis.", "short", [("max(advosync_redis_up)", "")], {"low": 1}),
                ("table", "Versions", "Processes by program and version.", "short",
                 [("count by (service, version) (advosync_build_info)", "")], {}),
            ],
        ),
        (
            "Queue",
            [
                ("series", "Jobs by state", "Jobs in the queue. Waiting and leased should return to 0 between polls.", "short",
                 [("max by (state) (advosync_jobs)", "{{state}}")], {}),
                ("series", "Oldest waiting", "Age of the job that has waited longest; nothing where none waits.", "s",
                 [("(time() - min(advosync_oldest_waiting_timestamp_seconds)) or vector(0)", "age")], {}),
                ("series", "Wait until claimed", "Time from entry into the queue until a worker claims the job. Urgent ones come from people and push.", "s",
                 quantiles("advosync_job_wait_seconds", "priority"), {"exemplar": True}),
                ("series", "Attempts by outcome", "Ends of attempts a minute.", "short",
                 [(f"60 * sum by (outcome) (rate(advosync_job_attempts_total[{RATE}]))", "{{outcome}}")], {}),
                ("series", "Claims", "Jobs claimed a minute by all workers.", "short",
                 [(f"60 * max(rate(advosync_job_claims_total[{RATE}]))", "claims")], {}),
                ("series", "Troubles", "Take-overs from dead workers, leases lost, stale ends refused, entries of a newer version, within an hour.", "short",
                 [("max(increase(advosync_lease_takeovers_total[1h]))", "take-overs"),
                  ("max(increase(advosync_leases_lost_total[1h]))", "lost leases"),
                  ("max(increase(advosync_job_ends_refused_total[1h]))", "refused ends"),
                  ("max(increase(advosync_newer_entries_total[1h]))", "newer entries")], {}),
            ],
        ),
        (
            "Scheduler",
            [
                ("table", "Next firings", "Time until each schedule fires.", "s",
                 [("max by (schedule) (advosync_scheduler_next_firing_timestamp_seconds) - time()", "")], {}),
                ("series", "Firings", "Firings an hour by outcome; already fired means that another scheduler was first.", "short",
                 [("sum by (outcome) (increase(advosync_scheduler_firings_total[1h]))", "{{outcome}}")], {}),
            ],
        ),
        (
            "Api",
            [
                ("series", "Requests", "Requests a minute by route and status.", "short",
                 [(f"60 * sum by (route, status) (rate(advosync_http_request_duration_seconds_count[{RATE}]))", "{{route}} {{status}}")], {}),
                ("series", "Latency", "Duration of requests.", "s", quantiles("advosync_http_request_duration_seconds", ""), {"exemplar": True}),
                ("series", "Listeners", "Open connections of the live feed.", "short", [("sum(advosync_event_listeners)", "listeners")], {}),
            ],
        ),
        (
            "Processes",
            [
                ("series", "CPU", "Cores in use by process.", "short",
                 [(f"rate(process_cpu_seconds_total{{job=~\"advosync-.*\"}}[{RATE}])", "{{job}} {{instance}}")], {}),
                ("series", "Memory", "Resident memory by process.", "bytes",
                 [("process_resident_memory_bytes{job=~\"advosync-.*\"}", "{{job}} {{instance}}")], {}),
                ("series", "Redis memory", "Memory that Redis uses.", "bytes", [("max(advosync_redis_used_memory_bytes)", "used")], {}),
                ("series", "Spans", "Spans a minute by what became of them; failed and dropped ones are lost.", "short",
                 [(f"60 * sum by (outcome) (rate(advosync_telemetry_spans_total[{RATE}]))", "{{outcome}}")], {}),
                ("logs", "Warnings and errors", "Lines of the programs that say that something is wrong; each leads to its trace.", "",
                 [("{service_name=~\"advosync-.*\"} | detected_level=~\"warn|error\"", "")], {}),
            ],
        ),
    ],
)

UPSTREAMS = (
    "Upstreams",
    "Advoware, Google, quota.",
    [
        (
            "Now",
            [
                ("stat", "Circuits open", "Upstreams that count as away: calls fail at once until a probe succeeds.", "short",
                 [("sum(max by (upstream) (advosync_remote_circuit{state=\"open\"}))", "")], {"red": 1}),
                ("stat", "Credentials refused in 1 h", "Refusals that need a person.", "short",
                 [("sum(increase(advosync_remote_refusals_total{refused=\"credentials\"}[1h]))", "")], {"red": 1}),
                ("stat", "Quota refusals in 1 h", "Requests that an upstream refused for being too many.", "short",
                 [("sum(increase(advosync_remote_refusals_total{refused=\"quota\"}[1h]))", "")], {"yellow": 1}),
                ("stat", "Tokens issued in 1 h", "Access tokens asked for by the whole fleet.", "short",
                 [("sum(increase(advosync_remote_tokens_issued_total[1h]))", "")], {"yellow": 20}),
            ],
        ),
        (
            "Calls",
            [
                ("series", "Requests by status", "Requests a minute by upstream and status.", "short",
                 [(f"60 * sum by (upstream, status) (rate(advosync_remote_requests_total[{RATE}]))", "{{upstream}} {{status}}")], {}),
                ("series", "Requests by operation", "Requests a minute by operation.", "short",
                 [(f"60 * sum by (upstream, operation) (rate(advosync_remote_requests_total[{RATE}]))", "{{upstream}} {{operation}}")], {}),
                ("series", "Share of repeats", "Share of requests that were sent again.", "percentunit",
                 [(f"(sum by (upstream) (rate(advosync_remote_requests_total{{retry=\"true\"}}[{RATE}])) or 0 * sum by (upstream) (rate(advosync_remote_requests_total[{RATE}]))) / sum by (upstream) (rate(advosync_remote_requests_total[{RATE}]))", "{{upstream}}")], {}),
                ("series", "Latency of Advoware", "Duration of calls by operation, repeats included. Exemplars lead to the trace.", "s",
                 quantiles("advosync_remote_call_duration_seconds", "operation", "{upstream=\"advoware\"}"), {"exemplar": True}),
                ("series", "Latency of Google", "Duration of calls by operation, repeats included. Exemplars lead to the trace.", "s",
                 quantiles("advosync_remote_call_duration_seconds", "operation", "{upstream=\"google\"}"), {"exemplar": True}),
            ],
        ),
        (
            "Quota",
            [
                ("series", "Quota left", "Requests that the fleet's own budget still allows, by bucket.", "short",
                 [("min by (bucket) (advosync_quota_tokens)", "{{bucket}}")], {}),
                ("series", "Wait for quota", "Time that calls waited so as not to exceed the quota.", "s",
                 quantiles("advosync_quota_wait_seconds", "upstream"), {"exemplar": True}),
                ("series", "Refusals", "Refusals a minute by upstream and cause.", "short",
                 [(f"60 * sum by (upstream, refused) (rate(advosync_remote_refusals_total[{RATE}]))", "{{upstream}} {{refused}}")], {}),
                ("series", "Circuit breakers", "1 while calls to the upstream fail at once.", "short",
                 [("max by (upstream) (advosync_remote_circuit{state=\"open\"})", "{{upstream}}")], {}),
            ],
        ),
    ],
)

DASHBOARDS = [FIRM, FLEET, UPSTREAMS]
