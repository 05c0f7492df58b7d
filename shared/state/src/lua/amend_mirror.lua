-- Replaces one item, where there is a mirror.
-- KEYS: lease, mirror. ARGV: lease's value, event id, item.
if redis.call('HEXISTS', KEYS[2], '#made') == 1 then
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
end
return 1
