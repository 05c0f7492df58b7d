-- Notes how far a run is, fenced by its lease.
-- ARGV: key, lease value, run_id, kind, phase, counts (JSON) or '', '1' if the run leaves no record
-- unless something happens
if redis.call('GET', lease_of(ARGV[5])) ~= ARGV[6] then
  return redis.error_reply('STALELEASE the lease is held no more')
end
local record = run_key(ARGV[7])
if ARGV[11] ~= '1' or redis.call('EXISTS', record) == 1 then
  redis.call('HSET', record, 'phase', ARGV[9], 'counts', ARGV[10])
  event(ARGV[7], ARGV[5], ARGV[8], 'running', 'phase', ARGV[9], 'counts', ARGV[10])
end
return 1
