-- Hands back what Redis says a worker holds and the worker does not know of: the answer to its
-- claim was lost on the way. That is nobody's death.
-- ARGV: worker, then per entry in hand: stream and id, joined.
-- Answers how many went back.
local ME, known, back = ARGV[5], {}, 0
begin_though_full()
for at = 6, #ARGV do known[ARGV[at]] = true end
for _, s in ipairs({ 'a', 'u', 'm' }) do
  each_pending(s, ME, function(id)
    local found = not known[s .. id] and redis.call('XRANGE', STREAMS[s], id, id)[1]
    local job = found and to_job(found[2])
    if job and s == 'a' then job[KEY_FIELD] = ALL_KEY end
    if job and job[KEY_FIELD] and job.job_id and job.run_id then
      local lease = lease_of(job[KEY_FIELD])
      local holder = redis.call('GET', lease)
      local ours = holder and holder:sub(1, #ME + 1) == ME .. ':' and holder:sub(-#id - 3) == ':' .. s .. ':' .. id
      if ours or not holder then
        redis.call('XACK', STREAMS[s], GROUPS[s], id)
        redis.call('XDEL', STREAMS[s], id)
        redis.call('DEL', lease)
        local place, _, follow_up = take_next(job[KEY_FIELD])
        if place and follow_up.job_id ~= job.job_id then absorb(job, follow_up) end
        put(s == 'a' and 'a' or 'u', job)
        back = back + 1
      end
    end
  end)
end
count('recovered_claims', back)
return back
