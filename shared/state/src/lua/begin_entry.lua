-- A write that is about to be made, and where it will be found.
-- KEYS: lease, entry, indexes. ARGV: lease's value, entry's id, life in ms, entry, sealed contents or ''.
local id, life = ARGV[2], tonumber(ARGV[3])
redis.call('HSET', KEYS[2], 'at', text(NOW), 'entry', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'contents', ARGV[5]) end
redis.call('PEXPIRE', KEYS[2], life)
for i = 3, #KEYS do
  redis.call('ZADD', KEYS[i], NOW, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', text(NOW - life))
  redis.call('PEXPIRE', KEYS[i], life)
end
return 1
