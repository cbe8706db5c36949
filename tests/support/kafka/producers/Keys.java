// Writes one record for each key with Apache Kafka's own producer, and prints its partition. Keys
// come by standard input, one a line, in hexadecimal.
//
//     java -cp 'build/kafka/*' Keys.java BROKER TOPIC

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Keys {
    public static void main(String[] arguments) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0]);
        var input = new BufferedReader(new InputStreamReader(System.in));
        List<Future<RecordMetadata>> written = new ArrayList<>();
        try (var producer = new KafkaProducer<byte[], byte[]>(
                settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                byte[] key = HexFormat.of().parseHex(line);
                written.add(producer.send(new ProducerRecord<>(arguments[1], key, null)));
            }
            producer.flush();
            for (Future<RecordMetadata> record : written) {
                System.out.println(record.get().partition());
            }
        }
    }
}
