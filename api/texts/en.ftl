# Frame
skip = Skip to content
nav = Main menu
nav-overview = Overview
nav-employees = Employees
nav-runs = Runs
nav-journal = Journal
nav-queue = Queue
nav-drift = Drift
other-language = Deutsch
sign-out = Sign out { $what }
metrics = Metrics
crumbs = You are here
pages = Pages
previous = Back
next = Next
older = Older
filter = Show
narrow = Narrow down
filter-kuerzel = Kürzel
filter-state = State
all-states = all
all-of = all ({ $count })
yes = yes
no = no
never = never
tile-last = last { $what }
tile-never = no success yet
since = since
more-hidden = { $count ->
    [one] One more entry is not shown.
   *[other] { $count } more entries are not shown.
}
appointment = Appointment
appointments = Appointments
event = Event in Google
calendar = Calendar
everybody = Everybody
held = Held

# Signing in
sign-in-title = Sign in
sign-in-what = With a token of API_TOKENS. It stays valid on this device for twelve hours.
sign-in-token = Token
sign-in = Sign in
sign-in-wrong = This token is not known.
sign-in-foreign = The sign-in came from somebody else's page and was refused.
sign-in-too-often = Too many attempts. Please wait a minute.

# After an action
notice-run-asked = The run is asked for.
notice-run-joined = A run was waiting already; it does both.
notice-released = Released. This run carries it out.
notice-restored = Taken back: what was deleted comes back with this run.
notice-nothing-restored = None of that can be restored.
notice-nothing-held = Nothing of that was held any more.
notice-requeued = The job is tried again.
notice-dropped = The job is dropped.
notice-signed-out = You are signed out.
notice-comparing = The comparison is under way. What it finds appears here bit by bit.
notice-compared = Both sides are compared.
notice-undone = The run is being undone.

# Overview
overview-nobody = Advoware has no active employees to synchronise.
overview-new = { $all ->
    [one] The calendar has never been synchronised.
   *[other] None of the { $all } calendars has been synchronised yet.
}
overview-right = { $all ->
    [one] The calendar is right, last checked { $when }.
   *[other] All { $all } calendars are right, last checked { $when }.
}
overview-running = { $all ->
    [one] The calendar is being synchronised now.
   *[other] All { $all } calendars are being synchronised now.
}
overview-right-but = { $all ->
    [one] The calendar is right, but something else needs you.
   *[other] All { $all } calendars are right, but something else needs you.
}
overview-some = { $count ->
    [0] { $right } of { $all } calendars are right.
    [one] { $right } of { $all } calendars are right, one is being synchronised now.
   *[other] { $right } of { $all } calendars are right, { $count } are being synchronised now.
}
sync-all = Synchronise all
recent-runs = Recent runs
tiles-heading = Every calendar
tiles-more = { $count ->
    [one] and one more
   *[other] and { $count } more
}
left-out = Left out by CALENDAR_SYNC_DEBUG_EMPLOYEES: { $what }

# What needs somebody now
attention-heading = What needs you now
attention-none = Nothing. As soon as there is something to decide or to mend, it stands here.
attention-hidden = { $count ->
    [one] and one more item
   *[other] and { $count } more items
}
step-look = Look
step-decide = Decide
step-again = Try again
step-sync = Synchronise now
attention-no-worker-title = No worker is running
attention-no-worker-consequence = Jobs wait, no calendar is synchronised. Nothing is lost.
attention-no-worker-remedy = Start at least one worker; it takes up the work at once.
attention-no-scheduler-title = No scheduler is running
attention-no-scheduler-consequence = Nightly and regular checks do not take place. Runs by hand go on.
attention-no-scheduler-remedy = Start the program scheduler; whatever it missed within a day, it makes up for.
attention-denied-google-title = Google has to be connected anew
attention-denied-google-consequence = Google denies the service account access. Concerned: { $what } (since { $when }).
attention-denied-google-remedy = Whoever administers Google opens admin.google.com, there “Security”, “API controls”, “Domain-wide delegation”, and gives the service account's client id the scope https://www.googleapis.com/auth/calendar. Then try again here.
attention-denied-advoware-title = Advoware has to be connected anew
attention-denied-advoware-consequence = Advoware refuses the log-in. Concerned: { $what } (since { $when }).
attention-denied-advoware-remedy = Whoever administers Advoware checks, under “Benutzerverwaltung”, password and role of the user that ADVOWARE_USER names, and the application and its key (ADVOWARE_APP_ID, ADVOWARE_API_KEY). Then try again here.
attention-away-google-title = Google Calendar could not be reached
attention-away-google-consequence = { $count ->
    [one] One job was given up: { $what } (since { $when }).
   *[other] { $count } jobs were given up, among them { $what } (since { $when }).
}
attention-away-google-remedy = This mostly passes. Once google.com/appsstatus is green again, try again.
attention-away-advoware-title = Advoware could not be reached
attention-away-advoware-consequence = { $count ->
    [one] One job was given up: { $what } (since { $when }).
   *[other] { $count } jobs were given up, among them { $what } (since { $when }).
}
attention-away-advoware-remedy = Check whether Advoware opens and its interface runs. Then try again.
attention-outage-advoware-title = Advoware can't be reached
attention-outage-advoware-consequence = { $count ->
    [one] One run has been waiting for it since { $when }. Nothing has failed, no appointment is lost.
   *[other] { $count } runs wait for it, the first since { $when }. Nothing has failed, no appointment is lost.
}
attention-outage-advoware-remedy = It is tried again by itself. If it lasts: check whether Advoware opens.
attention-outage-google-title = Google Calendar can't be reached
attention-outage-google-consequence = { $count ->
    [one] One run has been waiting for it since { $when }. Nothing has failed, no appointment is lost.
   *[other] { $count } runs wait for it, the first since { $when }. Nothing has failed, no appointment is lost.
}
attention-outage-google-remedy = It is tried again by itself. If it lasts: google.com/appsstatus names disruptions.
attention-garbage-title = Unreadable entries in the queue
attention-garbage-consequence = { $count ->
    [one] One entry could not be read. No calendar is concerned.
   *[other] { $count } entries could not be read. No calendar is concerned.
}
attention-garbage-remedy = Another program wrote into the queue. Drop the entries.
attention-deaths-title = Workers died of a job
attention-deaths-consequence = The schedule leaves these employees out: { $what } (since { $when }).
attention-deaths-remedy = Look into the worker's log (memory?). Then try again; that ends the leaving out.
attention-dead-title = Jobs were given up
attention-dead-consequence = { $count ->
    [one] One job did not come to its end: { $what } (since { $when }).
   *[other] { $count } jobs did not come to their end, among them { $what } (since { $when }).
}
attention-dead-remedy = The run names the error. Once its cause is mended, try again.
attention-held-title = { $what }: { $count ->
    [one] one deletion waits for you
   *[other] { $count } deletions wait for you
}
attention-held-consequence = They are more than may happen without asking. Everything else is synchronised.
attention-held-remedy = See whether they are wanted, and release them. As long as nothing is done, everything stays.
attention-partial-title = { $what }: { $count ->
    [one] one appointment can't be synchronised
   *[other] { $count } appointments can't be synchronised
}
attention-partial-consequence = They stay on their side as they are; all others are synchronised.
attention-partial-remedy = The report names appointment and reason. The next run tries again by itself.
attention-stale-title = { $what } has not been checked for long
attention-stale-consequence = Last checked { $when }. Nobody knows whether the calendar is still right.
attention-stale-remedy = A run by hand shows what is the matter.
attention-skipped-title = { $what } is left out
attention-skipped-consequence = Workers died of this job several times, so the schedule leaves it out.
attention-skipped-remedy = A run by hand ends that.
attention-anew-title = The calendar of { $what } is a new one
attention-anew-consequence = The one before was deleted in Google. The appointments are complete, but whoever had subscribed to the old calendar sees them no more.
attention-anew-remedy = Subscribe to the new calendar in Google Calendar and on the phone. This message is gone tomorrow.
attention-open-title = The calendar of { $what } is public
attention-open-consequence = Somebody opened it to everybody in Google. Anybody can read its appointments.
attention-open-remedy = Open this calendar's settings in Google Calendar and take back “Make available to public”.

# State of a calendar
state-right = right
state-running = running now
state-new = never synchronised
state-stale = not checked for long
state-partial = not whole
state-held = waits for you
state-failed = failed
state-skipped = left out
employee-right = The calendar is right.
employee-running = The calendar is being synchronised now.
employee-new = This calendar has never been synchronised.
employee-stale = Nobody knows whether the calendar is still right: it has not been checked for long.
employee-partial = The calendar is right but for single appointments.
employee-held = The calendar is right but for deletions that wait for your decision.
employee-failed = The last run failed.
employee-skipped = The schedule leaves this calendar out.
no-employees = There is nobody like that.
last-success = Last success
next-run = Next run
last-checked = Last checked

# The path
flow-heading = The path of the jobs
flow-schedule = Schedule
flow-schedule-more = next run
flow-all = All
flow-all-more = open runs for all
flow-waiting = Waiting
flow-waiting-more = nobody waits
flow-oldest = longest: { $what }
flow-later = { $count ->
    [one] one later
   *[other] { $count } later
}
flow-running = In work
flow-workers = { $count ->
    [0] no worker
    [one] one worker
   *[other] { $count } workers
}
flow-done = Done
flow-done-more = altogether
flow-dead = Given up
flow-dead-more = { $count ->
    [0] none
    [one] needs you
   *[other] need you
}

# Runs
run = Run
runs-title = Runs
no-runs = No run.
all-runs = All runs
run-when = Asked for
run-whose = Who
run-status = State
run-origin = Cause
run-written = Written
run-conflicts = Conflicts
run-errors = Errors
run-took = Took
run-of = Run of { $what }
run-of-all = Run for everybody
to-employee = To the calendar
run-queued = Asked for
run-started = Begun
run-finished = Ended
run-attempt = Attempt
run-trace = Trace
run-trace-open = Open
run-error = Error
run-held = { $count ->
    [one] One deletion waits for you
   *[other] { $count } deletions wait for you
}
progress = Progress
phase-waiting = Waits for a worker
phase-load = Reads both sides
phase-plan = Compares
phase-retry = Waits for the next attempt
phase-apply = Writes
took-load = Reading
took-plan = Comparing
took-apply = Writing
phase-jobs = Employees done
counts-heading = What the run wrote
count-created = new
count-updated = changed
count-deleted = deleted
counts-rest = Unchanged: { $count }. Conflicts: { $done }. Errors: { $total }.
jobs-heading = The single runs
status-queued = waiting
status-running = running
status-succeeded = succeeded
status-partial = partial
status-held = held
status-failed = failed
origin-person = by hand
origin-push = change in Google
origin-cron = schedule
origin-poll = regular check
origin-other = another run
error-denied = Access is denied. The overview names who can renew it, and where.
error-unavailable = One of the two systems did not answer. It is tried again by itself.
error-refused = A request was refused. It is tried again by itself.
error-quota = The quota was used up. It goes on as soon as there is more.
error-calendar-missing = The calendar was missing in Google. It is made anew and filled.
error-token-expired = Google wanted a full list. The next attempt fetches it.
error-timeout = The run did not come forward and was stopped. It is tried again.
error-redis = Redis did not answer. It is tried again by itself.
error-no-employees = Advoware named no employees. That is an error, never a reason to delete.

# What is held
held-heading = { $count ->
    [one] One deletion or creation waits for you
   *[other] { $count } deletions or creations wait for you
}
held-why = They are more than may happen without asking. What is released is exactly what stands here, and only as far as it then still holds.
held-released = { $count ->
    [one] One release still waits for its run.
   *[other] { $count } releases still wait for their run.
}
held-names = Load the names
held-pick = Pick
held-what = What would happen
held-name = Name
held-since = Since
release-picked = Release what is picked
restore-picked = Restore the chosen ones
release-all = { $count ->
    [one] Release
   *[other] Release all { $count }
}

# Preview
plan-heading = Preview
plan-what = What a run would do now, field by field. The preview reads both sides and writes nothing.
plan-look = Look at the preview
plan-empty = { $count ->
    [one] A run would write nothing now: the one linked appointment is equal on both sides.
   *[other] A run would write nothing now: all { $count } linked appointments are equal on both sides.
}
plan-count = { $count ->
    [one] A run would write once now.
   *[other] A run would write { $count } times now.
}
plan-unchanged = { $count ->
    [one] One appointment is equal on both sides.
   *[other] { $count } appointments are equal on both sides.
}
plan-changes = What would change
plan-held = { $count ->
    [one] One more step would wait for your release.
   *[other] { $count } more steps would wait for your release.
}
plan-no-texts = Contents are shown only to those signed in with the role “content”.
every-daily = { $count ->
    [one] daily
   *[other] every { $count } days
}
every-weekly = { $count ->
    [one] weekly
   *[other] every { $count } weeks
}
every-monthly = { $count ->
    [one] monthly
   *[other] every { $count } months
}
every-yearly = { $count ->
    [one] yearly
   *[other] every { $count } years
}
every-until = { $what } until { $when }

# Words
side-google = Google
side-advoware = Advoware
verb-create = create
verb-update = change
verb-delete = delete
field-time = time
field-text = subject
field-notiz = note
field-ort = place
field-private = private
field-recurrence = recurrence
reason-new-in-advoware = new in Advoware
reason-new-in-google = new in Google
reason-changed = changed on the other side
reason-conflict = changed differently on both sides; the rule decided
reason-base-unknown = the last common state can't be read; the rule decided
reason-adopted = equal on both sides and therefore linked
reason-claim-adopted = a creation that was begun had been done already
reason-gone-in-advoware = deleted in Advoware
reason-gone-in-google = deleted in Google
reason-change-beats-delete = deleted, but changed here since: the change counts
reason-comes-back = was gone without proof of who deleted it: it comes back
reason-moved-in-advoware = given to somebody else in Advoware
reason-moved-in-google = dragged into another calendar in Google
reason-duplicate = another event stands for this appointment already
reason-occurrence = an occurrence of a series that Advoware can't hold
reason-series-split = the series was split into single appointments
reason-undone = the earlier state was restored

# Report
notes-heading = What the last run reports
run-notes-heading = What this run reports
notes-of = Report of
notes-none = Nothing.
note-unreadable-in-advoware = Unreadable in Advoware
note-unreadable-in-google = Unreadable in Google
note-failed = Could not be written
note-conflict = Conflict
note-came-back = Came back
note-no-evidence = Gone without proof
note-double-link = Linked twice
note-not-undone = Not taken back
note-unsupported-series = Series that can't be carried over
note-remedy-unreadable-in-advoware = The appointment stays as it is. Correct start and end in Advoware; the next run takes it along.
note-remedy-unreadable-in-google = The event stays as it is. Correct start and end in Google; the next run takes it along.
note-remedy-failed = The next run tries again by itself.
note-remedy-conflict = Both sides changed the same field differently. The side that CALENDAR_SYNC_CONFLICT names counts; on the calendar's page you can take the other version.
note-remedy-came-back = It was gone on one side without proof of who deleted it. Delete it once more if that was wanted.
note-remedy-no-evidence = It is not listed any more, but it could not be proven that it was deleted. So it stays.
note-remedy-double-link = Two events stand for the same appointment. Delete the one too many in Google.
note-remedy-not-undone = It stays as it is. The reason stands beside it; change it by hand where that is needed.
note-remedy-unsupported-series = The series stays on its side. Simplify its recurrence if it is to stand on both.
fault-Shape = unreadable form
fault-Id = without a number
fault-Start = start is missing or no date
fault-End = end is no date
fault-EndBeforeStart = end lies before the start
fault-Recurrence = recurrence without an occurrence
calendar-heading = About the calendar itself
calendar-open-to-everybody = Somebody opened this calendar to everybody in Google.
calendar-shared-with-others = The calendar is shared with others than the settings say. They keep their access; check “Share with specific people or groups” in Google.
calendar-made-anew = The calendar was deleted in Google. It was made anew and filled; whoever had subscribed to the old one subscribes to the new one.
calendar-several-calendars-with-our-mark = Several calendars bear this mark. The one with the smallest id is used; delete the others.
calendar-another-deployments-calendar = A calendar of this name belongs to another deployment and was not touched.
calendar-several-unmarked-calendars = Several calendars bear this name; none was taken over, a new one was made.

# Settings
settings-heading = Settings in force
setting-window = Days
setting-window-value = { $count } days back, { $total } days ahead
setting-cron = Schedule
setting-poll = Regular check
setting-every = every { $what }
setting-off = off
setting-conflict = In conflicts this counts
setting-delete-conflict = Deleted and changed at once
setting-keep = the change counts
setting-delete = the deletion counts
setting-max-deletes = Deletions without asking
setting-anonymize = Google shows only “Belegt”
setting-readers = Further readers

# Journal
journal-title = Journal
journal-what = Every write of the last 30 days: when, where, which fields and why.
journal-no-contents = Contents are not kept without CALENDAR_SYNC_KEY, so nothing can be undone.
journal-none = No entry.
all-writes = All entries in the journal
search-appointment = Appointment number, event or run
search-why = Why is it so?
write-when = When
write-what = What
write-fields = Fields
write-why = Why
write-who = Cause
write-unsure = without answer

# One appointment
story-heading = How it stands
story-writes = What was written
story-no-writes = Nothing was written in the last 30 days.
story-found = The appointment is in Advoware, with { $what }.
story-unreadable = The appointment is in Advoware, but can't be read: { $what }.
story-gone = There is no such appointment in Advoware.
story-came-back = It was restored and now has the number { $what }.
story-unknown = Advoware did not answer; what stands there is unknown.
story-inside = It lies within the days that are synchronised.
story-outside = It is on { $what } and so outside the days that are synchronised.
story-left-out = { $what } is not synchronised: not active, or left out by CALENDAR_SYNC_DEBUG_EMPLOYEES.
story-event = In Google it stands as event { $what }.
story-event-linked = The event is in { $what }'s calendar.
story-event-unlinked = The event is in { $what }'s calendar and has no appointment in Advoware yet; the next run makes it.
story-event-left-alone = The event in { $what }'s calendar is left alone: it is an invitation, a birthday or a working place.
story-event-unreadable = The event is in Google but can't be read: { $what }.
story-event-deleted = The event was deleted in { $what }'s calendar.
story-event-unseen = No calendar of ours had this event when it was last looked at.
story-no-event = In Google it does not stand, as last seen.
story-held = A deletion or creation waits for a decision.
story-checked = Last checked { $what }.

# Queue
queue-urgent = Of these urgent
queue-parked = Behind running ones
queue-delayed = Due later
queue-oldest = Longest wait
queue-skipped = Left out
chart-heading = Done in the last hour
chart-since = Counted since { $what }.
chart-caption = { $total } jobs, at most { $count } in a minute.
workers-heading = Workers
workers-none = No worker reports.
worker-silent = is silent
worker-slots = { $count } of { $total } slots in use
dead-heading = Jobs that were given up
dead-what = They are not tried again by themselves.
dead-none = None.
dead-when = Given up
dead-why = Why
dead-class = Error
dead-do = Act
dead-requeue = Try again
dead-drop = Drop
dead-requeue-class = Try all “{ $what }” again ({ $count })
dead-drop-class = Drop all “{ $what }”
dead-reason-errors = too many errors
dead-reason-deaths = workers died of it
dead-reason-final = makes no sense as it is
dead-reason-garbage = unreadable
class-denied = access denied
class-unavailable = not reachable
class-refused = refused
class-quota = quota used up
class-calendar-missing = calendar missing
class-token-expired = list outdated
class-redis = Redis
class-garbage = unreadable
class-no-employees = no employees
class-timeout = no progress
class-panic = program error
class-lost = worker died

# Drift
drift-what = Both sides compared, without writing.
drift-none = Nothing has been compared yet.
drift-sentence = { $count ->
    [0] None of { $all } compared calendars differs.
    [one] One of { $all } compared calendars differs.
   *[other] { $count } of { $all } compared calendars differ.
}
drift-missing = Missing in Google
drift-extra = Missing in Advoware
drift-different = Different
drift-when = Compared
drift-found = Result
drift-differs = differs
drift-compare = Compare
drift-compare-all = Compare all
drift-equal = equal

# Trouble
failure-again = Once more
failure-retries = This page tries again by itself every ten seconds.
failure-redis-unavailable = Redis can't be reached
remedy-redis-unavailable = Without Redis nothing is synchronised, and the state is unknown. Nothing is lost: as soon as Redis is back, everything goes on by itself.
failure-advoware-unavailable = Advoware can't be reached
remedy-advoware-unavailable = Check whether Advoware opens. No appointment is deleted because of this.
failure-google-unavailable = Google Calendar can't be reached
remedy-google-unavailable = This mostly passes. No appointment is deleted because of this.
failure-reconnect-needed = An access has to be renewed
remedy-reconnect-needed = A system refuses our credentials. The overview names who can renew them, and where.
failure-timed-out = It took too long
remedy-timed-out = Redis, Advoware or Google did not answer in time.
failure-not-found = There is no such thing
remedy-not-found = The link is wrong, or the entry is older than 30 days.
failure-unknown-employee = Nobody has this Kürzel
remedy-unknown-employee = Advoware has no active employee with this Kürzel. Upper and lower case count.
failure-employee-left-out = This Kürzel is left out
remedy-employee-left-out = CALENDAR_SYNC_DEBUG_EMPLOYEES leaves it out.
failure-forbidden = The role does not suffice
remedy-forbidden = Triggering, releasing and dropping need the role “operator” or “content”.
failure-foreign-origin = The request did not come from this page
remedy-foreign-origin = Reload the page and try again.
failure-bad-request = The request can't be read
remedy-bad-request = Reload the page and try again.
failure-conflict = This can't be done as things stand
remedy-conflict = The reason stands below.
failure-internal = Something went wrong
remedy-internal = This is our mistake. The api's log says more.
failure-unauthenticated = Please sign in
remedy-unauthenticated = This needs a token.
failure-method-not-allowed = This can't be done here
remedy-method-not-allowed = This address does not know that action.
failure-too-large = This is too much at once
remedy-too-large = Pick fewer.
failure-too-many-requests = Too many requests
remedy-too-many-requests = Please wait a moment.
failure-too-many-listeners = Too many open pages
remedy-too-many-listeners = Close some windows.

# Undo
undo-heading = Undo this run
undo-look = Undo …
undo-what = What this run wrote and nobody has changed since is put back as it was, on the same side. The same run then carries it over to the other side. Nothing happens until you confirm.
undo-nothing = This run wrote nothing, or it was longer than 30 days ago.
undo-possible = { $count ->
    [0] None of it can be taken back.
    [one] One item can be taken back.
   *[other] { $count } items can be taken back.
}
undo-deletions = { $count ->
    [one] One appointment that the run made is deleted again, and then on the other side as well. Many deletions at once still wait for a release, as always.
   *[other] { $count } appointments that the run made are deleted again, and then on the other side as well. Many deletions at once still wait for a release, as always.
}
undo-do = { $count ->
    [one] Take this item back
   *[other] Take these { $count } items back
}
undo-remark = Then
undo-stays = stays
undo-verb-create = make again
undo-verb-update = change back
undo-verb-delete = delete again
undo-carries-over-google = then the same in Advoware
undo-carries-over-advoware = then the same in Google
undo-deletes-too-google = then deleted in Advoware as well
undo-deletes-too-advoware = then deleted in Google as well
obstacle-changed-since = changed since, so it stays as it is
obstacle-gone-since = deleted since
obstacle-no-contents = its former state was not kept
obstacle-lives-on = the appointment lives on elsewhere

# Conflicts
conflicts-heading = Conflicts of the last 30 days
conflicts-what = Both sides changed the same field differently. The rule decided; you can still take the other version.
conflict-look = Compare
conflict-heading = Two versions
conflict-what = Both sides changed the same. You see what holds and what it replaced. If you take the other version, it then holds on both sides.
conflict-holds = Holds now
conflict-other = Other version
conflict-take = Take this other version
