from config.env import broker_url


def test_celery_uses_the_redis_database_that_the_application_uses() -> None:
    assert broker_url("unix:///run/redis.sock?db=3") == "redis+socket:///run/redis.sock?virtual_host=3"
    assert broker_url("redis://redis:6379/3") == "redis://redis:6379/3"
