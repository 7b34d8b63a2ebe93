using Exchange.Protocol.Naming;

namespace Exchange.Tests.Support;

/// <summary>A folder of a test's own under the system's temporary one, deleted at the end.</summary>
internal sealed class TestFolder : IDisposable
{
    /// <summary>Makes it.</summary>
    public TestFolder() => Directory.CreateDirectory(Path);

    /// <summary>Absolute path.</summary>
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "exchange-test-" + Identifiers.NewId());

    /// <summary>A path inside.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
