-- Failed attempts and dead letters.
local function history_of(job_id)
  local list = redis.call('HGET', HISTORY, job_id)
  return list and cjson.decode(list) or {}
end

-- Records a failed attempt (`how` is 'error' or 'death') and answers how many of its kind there are.
local function add_failure(job, how, class, code, worker)
  local list = history_of(job.job_id)
  list[#list + 1] = { how = how, class = class, code = code, worker = worker, at = NOW }
  redis.call('HSET', HISTORY, job.job_id, cjson.encode(list))
  local n = 0
  for _, failure in ipairs(list) do
    if failure.how == how then n = n + 1 end
  end
  return n
end

-- dead: `why` is 'errors', 'deaths', 'final' or 'garbage'.
local function bury(s, job, why, class, code, worker)
  local id = redis.call('XADD', DEAD, '*',
    'v', VERSION, 'job_id', job.job_id, 'run_id', job.run_id, 'kind', job.kind, KEY_FIELD, job[KEY_FIELD],
    'attempt', job.attempt or '1', 'enqueued_at', queued_at(job), 'traceparent', job.traceparent or '',
    'origin', job.origin or 'other', 'reason', why, 'class', class, 'code', code, 'worker', worker,
    'history', redis.call('HGET', HISTORY, job.job_id) or '[]')
  if why == 'deaths' then redis.call('HSET', POISON, job[KEY_FIELD], id) end
  redis.call('HDEL', HISTORY, job.job_id)
  count('dead', 1)
  count('dead_' .. why, 1)
  return id
end

-- What of an unreadable entry may be kept: ids, never a text.
local function id_or_dash(value)
  return value and #value <= 128 and value:match('^[%w_%-%.:]+$') or '-'
end

local function bury_garbage(s, id, job, worker)
  local safe = {
    job_id = id_or_dash(job.job_id), run_id = id_or_dash(job.run_id), kind = id_or_dash(job.kind),
    [KEY_FIELD] = id_or_dash(job[KEY_FIELD]), attempt = id_or_dash(job.attempt),
    enqueued_at = id:match('^%d+'), traceparent = '', origin = 'other',
  }
  bury(s, safe, 'garbage', 'garbage', 'unreadable', worker)
end
