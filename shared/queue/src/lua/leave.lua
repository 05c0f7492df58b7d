-- A worker's farewell: its consumers go if nothing of theirs is pending, looked at and deleted
-- in one step.
-- ARGV: worker
for s, stream in pairs(STREAMS) do
  local pending = redis.pcall('XPENDING', stream, GROUPS[s], '-', '+', 1, ARGV[5])
  if not pending.err and #pending == 0 then redis.call('XGROUP', 'DELCONSUMER', stream, GROUPS[s], ARGV[5]) end
end
redis.call('HDEL', WORKERS, ARGV[5])
redis.call('ZREM', BEATS, ARGV[5])
return 1
