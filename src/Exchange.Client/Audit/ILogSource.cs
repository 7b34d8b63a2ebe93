namespace Exchange.Client.Audit;

/// <summary>Where the pages of one log are read (c2sp.org/tlog-tiles): a node's public address, or an exported folder. What comes from it is untrusted.</summary>
public interface ILogSource
{
    /// <summary>The page of that path, such as <c>checkpoint</c> or <c>tile/0/000</c>; null when there is none, or the reader may not see it.</summary>
    /// <param name="path">Without the log's prefix.</param>
    /// <param name="bytesMax">A longer page is not read.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>UNREACHABLE</c>.</exception>
    Task<byte[]?> ReadAsync(string path, int bytesMax, CancellationToken cancellationToken);
}
