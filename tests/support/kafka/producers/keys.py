"""Writes one record for each key with kafka-python, and prints its partition. Keys come by standard
input, one a line, in hexadecimal.

    PYTHONPATH=…/site-packages keys.py BROKER TOPIC

A program of its own: the package's name is that of tests/support/kafka.py.
"""

import sys

from kafka import KafkaProducer

producer = KafkaProducer(bootstrap_servers=sys.argv[1])
written = [producer.send(sys.argv[2], key=bytes.fromhex(line)) for line in sys.stdin]
for record in written:
    print(record.get(20).partition)
producer.close()
