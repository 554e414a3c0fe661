# A server and the benchmark that comes with it: many clients, the server's own threads in the background.
redis-server --port 7391 --save "" --appendonly no >/dev/null &
S=$!
for i in 1 2 3 4 5 6 7 8 9 10; do redis-cli -p 7391 ping >/dev/null 2>&1 && break; sleep 0.3; done
redis-benchmark -p 7391 --threads 3 -n 3000 -c 10 -t set,get,lpush -q
redis-cli -p 7391 shutdown nosave
wait $S
