-- Stores a record with Redis's time in front of it.
-- KEYS: lease, records. ARGV: lease's value or '', name, record.
redis.call('HSET', KEYS[2], ARGV[2], text(NOW) .. ' ' .. ARGV[3])
return 1
