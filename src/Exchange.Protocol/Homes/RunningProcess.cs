using System.Text.Json;

namespace Exchange.Protocol.Homes;

/// <summary>What <c>node.json</c> tells about the process that serves a home.</summary>
/// <param name="Endpoint">The bound address of the listener for peers, <c>https://ip:port</c>.</param>
/// <param name="ProcessId">Its process id.</param>
/// <param name="PublicEndpoint">The bound address of a node's public pages, <c>https://ip:port</c>; null where there are none.</param>
public sealed record RunningProcess(string Endpoint, int ProcessId, string? PublicEndpoint = null)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Tells others where this process listens.</summary>
    public void Save(Home home) => home.WritePrivate(home.RunningFile, JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>Where the home's process listens, or null when none runs (or one died without saying so: then calls fail).</summary>
    public static RunningProcess? Load(Home home)
    {
        try
        {
            return JsonSerializer.Deserialize<RunningProcess>(File.ReadAllBytes(home.RunningFile), Json);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Takes the word back at the end of the process.</summary>
    public static void Clear(Home home) => File.Delete(home.RunningFile);
}
