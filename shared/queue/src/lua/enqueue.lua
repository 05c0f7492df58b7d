-- Coalescing: a trigger joins the key's waiting, delayed or parked job, else makes one.

-- Joins `job`; an urgent request promotes it (never out of a Retry-After), a stronger origin
-- becomes its own.
local function join(want, place, s, job, where, obeys)
  local stronger = RANK[want.origin] > rank(job)
  local was_recorded, was_hidden = is_recorded(job), job.kind == 'all' and rank(job) == 0
  if stronger then job.origin = want.origin end
  local to = (want.urgent and s == 'm') and 'u' or s
  if place == 'w' then
    if to ~= s or stronger then
      redis.call('XDEL', STREAMS[s], where)
      put(to, job)
    end
  elseif place == 'd' then
    if want.urgent and not obeys then
      redis.call('ZREM', DELAYED, where)
      put(to, job)
    elseif to ~= s or stronger then
      local due = redis.call('ZSCORE', DELAYED, where)
      redis.call('ZREM', DELAYED, where)
      delay(to, job, due, obeys)
    end
  elseif to ~= s or stronger then
    redis.call('HSET', PARKED, want.key, pack(to, job))
  end
  if stronger then
    if was_recorded then
      redis.call('HSET', run_key(job.run_id), 'origin', want.origin, 'by', want.by)
      if was_hidden then index(job.run_id, want.key, queued_at(job)) end
    else
      note_run(job.run_id, job, 'queued', 'by', want.by)
    end
  end
  return job
end

-- `want`: key, kind, origin, urgent, run_id, job_id, traceparent, by, parent. Makes the key's next
-- job, which it must not have yet: parked if the key is leased, else waiting.
local function make(want, is_leased)
  local job = {
    v = VERSION, job_id = want.job_id, run_id = want.run_id, kind = want.kind, [KEY_FIELD] = want.key,
    attempt = '1', enqueued_at = text(NOW), traceparent = want.traceparent, origin = want.origin,
  }
  local stream = want.kind == 'all' and 'a' or (want.urgent and 'u' or 'm')
  if is_leased then
    redis.call('HSET', PARKED, want.key, pack(stream, job))
  else
    put(stream, job)
  end
  if is_recorded(job) then open_run(job.run_id, job, 'queued', 'by', want.by, 'parent', want.parent or '') end
  return job
end

-- Answers the key's next job and whether it was there before.
local function enqueue(want)
  local place, s, found, where, obeys = next_job(want.key)
  if place then return join(want, place, s, found, where, obeys), true end
  return make(want, redis.call('EXISTS', lease_of(want.key)) == 1), false
end
