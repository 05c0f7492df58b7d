-- Tries every command that the scripts need on a key of its own, and answers those that the user may not run.
-- Keys beside the common ones: KEYS[21] the probe's key, deleted at once
-- ARGV: none
local PROBE = KEYS[21]
local TRIES = {
  { 'XADD', PROBE, 'NOMKSTREAM', '*', 'a', 'b' }, { 'XRANGE', PROBE, '-', '+' }, { 'XLEN', PROBE },
  { 'XDEL', PROBE, '1-1' }, { 'XTRIM', PROBE, 'MAXLEN', 1 }, { 'XREVRANGE', PROBE, '+', '-' },
  { 'XGROUP', 'CREATE', PROBE, 'g', '0' }, { 'XGROUP', 'DELCONSUMER', PROBE, 'g', 'c' },
  { 'XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', PROBE, '>' }, { 'XACK', PROBE, 'g', '1-1' },
  { 'XPENDING', PROBE, 'g' }, { 'XCLAIM', PROBE, 'g', 'c', 0, '1-1' }, { 'XINFO', 'STREAM', PROBE },
  { 'XINFO', 'GROUPS', PROBE }, { 'XINFO', 'CONSUMERS', PROBE, 'g' }, { 'EXISTS', PROBE }, { 'DEL', PROBE },
  { 'PEXPIRE', PROBE, 1 }, { 'GET', PROBE }, { 'SET', PROBE, '1', 'XX' }, { 'MGET', PROBE }, { 'HGET', PROBE, 'a' },
  { 'HSET', PROBE, 'a', 'b' }, { 'HSETNX', PROBE, 'a', 'b' }, { 'HDEL', PROBE, 'a' }, { 'HMGET', PROBE, 'a' },
  { 'HLEN', PROBE }, { 'HEXISTS', PROBE, 'a' }, { 'HGETALL', PROBE }, { 'HINCRBY', PROBE, 'n', 1 },
  { 'HSCAN', PROBE, 0 }, { 'DEL', PROBE }, { 'ZADD', PROBE, 'XX', 1, 'a' }, { 'ZREM', PROBE, 'a' },
  { 'ZRANGE', PROBE, 0, 1 }, { 'ZREVRANGE', PROBE, 0, 1 }, { 'ZRANGEBYSCORE', PROBE, 0, 1 },
  { 'ZREMRANGEBYSCORE', PROBE, 0, 1 }, { 'ZSCORE', PROBE, 'a' }, { 'ZCARD', PROBE }, { 'SADD', PROBE, 'a' },
  { 'SREM', PROBE, 'a' }, { 'SMEMBERS', PROBE }, { 'SCARD', PROBE }, { 'RPUSH', PROBE, 'a' }, { 'LRANGE', PROBE, 0, 1 },
  { 'DEL', PROBE },
}
local denied = {}
for _, try in ipairs(TRIES) do
  local answer = redis.pcall(unpack(try))
  local fault = type(answer) == 'table' and answer.err or ''
  if fault:find('NOPERM', 1, true) or fault:find('ACL', 1, true) or fault:find("can't run this command", 1, true) then
    denied[#denied + 1] = (try[1] == 'XGROUP' or try[1] == 'XINFO') and (try[1] .. ' ' .. try[2]) or try[1]
  end
end
return denied
