namespace Exchange.Cli.Terminal;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>Rows with a header line (RFC 4180).</summary>
    Csv,
}
