# A server of four threads, filled and read by a client of four.
memcached -u root -p 7392 -t 4 -U 0 & S=$!
sleep 1
memcslap --servers=127.0.0.1:7392 --concurrency=4 --execute-number=1500 --test=set
memcslap --servers=127.0.0.1:7392 --concurrency=4 --execute-number=1500 --test=get
kill $S; wait $S
