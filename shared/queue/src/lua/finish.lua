-- Records outcomes in one step: checks each lease, acknowledges, deletes, releases, and moves
-- what comes next. An end whose lease is not held is refused and counted.
-- ARGV: worker, attempts allowed, number of plain ends, then in seven rows as long: lease keys, keys,
-- lease values, streams, entry ids, run ids, counts; then per other end: key, lease value, stream,
-- entry id, job_id, run_id, flags, started at (ms), what ('D' done, 'R' retry, 'H' hand back,
-- 'F' final), and four more:
-- D: status, counts, report, '1' if changed · R: class, code, delay (ms), '1' if a Retry-After
-- H: reason, delay (ms) · F: class, code.
-- A plain end is a success that changed nothing, of a job that leaves no record then. Flags: 'q'
-- has no record yet, 'h' has a history, 'l' absorbed other jobs.
-- Answers per end, the plain ones first: '1' recorded, '2' recorded as dead, '0' refused.
local ME, MAX_ATTEMPTS, PLAIN = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local FIRST_ROW, WIDTH = 8, 13
local FIRST = FIRST_ROW + 7 * PLAIN

local answers = {}
local ack, release = { a = {}, u = {}, m = {} }, {}
local checked, succeeded, forget = {}, {}, {}
local tallies = {}
local function tick(name, n) tallies[name] = (tallies[name] or 0) + (n or 1) end
local function push(list, value) list[#list + 1] = value end

-- What is parked behind these keys; nearly always nothing at all.
local function parked_behind(first, last)
  if redis.call('HLEN', PARKED) == 0 then return {} end
  return redis.call('HMGET', PARKED, unpack(ARGV, first, last))
end

local function row(n) return FIRST_ROW + n * PLAIN - 1 end
local plain_parked = {}

local function read_plain()
  if PLAIN == 0 then return end
  local held = redis.call('MGET', unpack(ARGV, FIRST_ROW, FIRST_ROW + PLAIN - 1))
  plain_parked = parked_behind(FIRST_ROW + PLAIN, FIRST_ROW + 2 * PLAIN - 1)
  local values, streams, ids = row(2), row(3), row(4)
  for i = 1, PLAIN do
    if held[i] == ARGV[values + i] then
      answers[i] = '1'
      push(ack[ARGV[streams + i]], ARGV[ids + i])
      push(release, ARGV[FIRST_ROW + i - 1])
    else
      answers[i] = '0'
      tick('stale_ends')
    end
  end
end

local function write_plain()
  local keys, runs, counts = row(1), row(5), row(6)
  local tallied = PLAIN > 0 and #open_alls() > 0
  for i = 1, PLAIN do
    if answers[i] == '1' then
      local n, key = #succeeded, ARGV[keys + i]
      succeeded[n + 1], succeeded[n + 2] = key, NOW
      if tallied then count_in_alls(ARGV[runs + i], key, 'succeeded', ARGV[counts + i], false) end
      if plain_parked[i] then unpark(key, plain_parked[i]) end
    end
  end
  if #succeeded > 0 then tick('done_succeeded', #succeeded / 2) end
end

local ends, keys, leases = {}, {}, {}
for at = FIRST, #ARGV, WIDTH do
  local n = #ends + 1
  keys[n], leases[n] = ARGV[at], lease_of(ARGV[at])
  ends[n] = {
    key = ARGV[at], value = ARGV[at + 1], s = ARGV[at + 2], id = ARGV[at + 3], job_id = ARGV[at + 4],
    run_id = ARGV[at + 5], flags = ARGV[at + 6], started = ARGV[at + 7], what = ARGV[at + 8],
    a = ARGV[at + 9], b = ARGV[at + 10], c = ARGV[at + 11], d = ARGV[at + 12],
  }
end
local function has(e, flag) return e.flags:find(flag, 1, true) end

-- A hand-back after the lease ran out is still good while nobody took the entry over.
local function is_still_ours(e)
  local pending = redis.pcall('XPENDING', STREAMS[e.s], GROUPS[e.s], e.id, e.id, 1, ME)
  return not pending.err and #pending == 1
end

-- The job as it stands in its entry; nil if that was deleted by hand. An end that is noted in a
-- record needs no more than its ids.
local function job_of(e)
  local job
  if e.what == 'D' and not has(e, 'q') then
    job = { job_id = e.job_id, run_id = e.run_id, kind = e.s == 'a' and 'all' or KIND, also = has(e, 'l') and '1' }
  else
    local entry = redis.call('XRANGE', STREAMS[e.s], e.id, e.id)[1]
    job = entry and to_job(entry[2])
  end
  if not job then return nil end
  job[KEY_FIELD] = e.key
  local history = has(e, 'h') and redis.call('HGET', HISTORY, e.job_id)
  if history then show_attempt(job, history) end
  return job
end

local function read_others()
  if #ends == 0 then return end
  local held = redis.call('MGET', unpack(leases))
  local parked = redis.call('HMGET', PARKED, unpack(keys))
  for i, e in ipairs(ends) do
    e.ours = held[i] == e.value
    if e.ours then push(release, leases[i]) end
    if not e.ours and e.what == 'H' and not held[i] then e.ours = is_still_ours(e) end
    if e.ours then
      e.job, e.parked = job_of(e), parked[i]
      push(ack[e.s], e.id)
    end
  end
end

begin_though_full()
read_plain()
read_others()

for s, ids in pairs(ack) do
  if #ids > 0 then
    redis.call('XACK', STREAMS[s], GROUPS[s], unpack(ids))
    redis.call('XDEL', STREAMS[s], unpack(ids))
  end
end
if #release > 0 then redis.call('DEL', unpack(release)) end

-- A follow-up is taken into the job that goes on: one job, urgent if either is, and not before
-- a Retry-After that either obeys. Answers that time, or 0.
local function absorb_next(e)
  local _, s, follow_up, due, obeys = take_next(e.key)
  if not follow_up then return 0 end
  if follow_up.job_id ~= e.job_id then absorb(e.job, follow_up) end
  if s == 'u' then e.s = s end
  return obeys and due or 0
end

local function note_waiting(e, ...)
  local recorded = is_recorded(e.job) or has(e, 'h')
  for _, run_id in ipairs((recorded or e.job.also) and run_ids(e.job) or {}) do
    note_run(run_id, e.job, 'queued', ...)
    event(run_id, e.key, e.job.kind, 'queued', ...)
  end
end

local function release_follow_up(e)
  if e.parked then unpark(e.key, e.parked) end
end

local DO = {}

function DO.D(e)
  tick('done_' .. e.a)
  local list = e.a == 'succeeded' and succeeded or checked
  push(list, e.key)
  push(list, NOW)
  if e.s == 'a' then
    redis.call('HSET', run_key(e.run_id), 'fanned', '1')
    if e.job.also then redis.call('HSET', run_key(e.run_id), 'also', e.job_id) end
    settle_all(e.run_id)
  else
    end_runs(e.job, {
      status = e.a, counts = e.b, report = e.c, changed = e.d == '1', started = has(e, 'q') and e.started,
    })
  end
  if has(e, 'h') then push(forget, e.job_id) end
  release_follow_up(e)
end

function DO.R(e)
  local attempt = math.max(tonumber(e.job.attempt) or 1, 1)
  add_failure(e.job, 'error', e.a, e.b, ME)
  if attempt >= MAX_ATTEMPTS then
    tick('done_failed')
    end_dead(e.s, e.job, 'errors', e.a, e.b, ME, e.started)
    release_follow_up(e)
    return '2'
  end
  tick('retried')
  e.job.attempt, e.job.shown = tostring(attempt + 1), nil
  local not_before = absorb_next(e)
  delay(e.s, e.job, math.max(NOW + tonumber(e.c), not_before), e.d == '1' or not_before > 0)
  note_waiting(e, 'class', e.a, 'code', e.b, 'phase', 'retry')
end

function DO.H(e)
  tick('handed_back')
  local not_before = absorb_next(e)
  if not_before > NOW or tonumber(e.b) > 0 then
    delay(e.s, e.job, math.max(NOW + tonumber(e.b), not_before), not_before > 0)
  else
    put(e.s == 'a' and 'a' or 'u', e.job)
  end
  note_waiting(e, 'phase', e.a)
end

function DO.F(e)
  tick('done_failed')
  add_failure(e.job, 'error', e.a, e.b, ME)
  end_dead(e.s, e.job, 'final', e.a, e.b, ME, e.started)
  release_follow_up(e)
  return '2'
end

write_plain()
for i, e in ipairs(ends) do
  if e.job then
    answers[PLAIN + i] = DO[e.what](e) or '1'
  else -- its lease is not held, or its entry was deleted by hand
    answers[PLAIN + i] = '0'
    tick('stale_ends')
    if e.ours then release_follow_up(e) end
  end
end

if #checked > 0 then redis.call('HSET', CHECKED, unpack(checked)) end
if #succeeded > 0 then redis.call('HSET', SUCCEEDED, unpack(succeeded)) end
if #forget > 0 then redis.call('HDEL', HISTORY, unpack(forget)) end
for name, n in pairs(tallies) do count(name, n) end
write_tallies()
return answers
