// gcc -O2 -g sqlite_stress.c -o sqlite_stress -lsqlite3 -lpthread
// Four threads, each with a connection of its own, fill one table of a shared cache.
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
static int rounds;
static void* Work(void* arg) {
  sqlite3* db;
  char sql[128];
  long me = (long)arg;
  int busy = 0;
  if (sqlite3_open_v2("file:stress?mode=memory&cache=shared", &db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, 0))
    abort();
  for (int i = 0; i < rounds; ++i) {
    snprintf(sql, sizeof sql, "insert into t values(%ld,%d)", me, i);
    while (sqlite3_exec(db, sql, 0, 0, 0) != SQLITE_OK) ++busy;
    if (i % 16 == 0) sqlite3_exec(db, "select count(*), sum(b) from t where a=1", 0, 0, 0);
  }
  sqlite3_close(db);
  return 0;
}
int main(int c, char** v) {
  rounds = c > 1 ? atoi(v[1]) : 1000;
  sqlite3* db;
  pthread_t t[4];
  sqlite3_open_v2("file:stress?mode=memory&cache=shared", &db,
                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, 0);
  sqlite3_exec(db, "create table t(a,b)", 0, 0, 0);
  for (long i = 0; i < 4; ++i) pthread_create(&t[i], 0, Work, (void*)i);
  for (int i = 0; i < 4; ++i) pthread_join(t[i], 0);
  sqlite3_stmt* s;
  sqlite3_prepare_v2(db, "select count(*) from t", -1, &s, 0);
  sqlite3_step(s);
  printf("%d rows\n", sqlite3_column_int(s, 0));
  sqlite3_finalize(s);
  sqlite3_close(db);
}
