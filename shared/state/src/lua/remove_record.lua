-- Removes a record, where it still is what the caller saw.
-- KEYS: lease, records. ARGV: lease's value or '', name, record.
if redis.call('HGET', KEYS[2], ARGV[2]) ~= ARGV[3] then return 0 end
return redis.call('HDEL', KEYS[2], ARGV[2])
