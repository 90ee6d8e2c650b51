from wishes.conftest import clamd, send, stored
