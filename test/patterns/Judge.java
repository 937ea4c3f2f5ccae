import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Ruler;

/** Reads lines {"pattern":{…},"event":{…}} and answers each with whether AWS's own matcher matches. */
public class Judge {
  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    StringBuilder out = new StringBuilder();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode each = json.readTree(line);
      out.append(Ruler.matchesRule(each.get("event").toString(), each.get("pattern").toString())).append('\n');
      if (!in.ready()) { // the writer waits for the answers to what it has sent
        System.out.print(out);
        System.out.flush();
        out.setLength(0);
      }
    }
  }
}
