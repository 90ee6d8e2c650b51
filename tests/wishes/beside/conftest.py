from wishes.conftest import clamd, limits, send, stored
