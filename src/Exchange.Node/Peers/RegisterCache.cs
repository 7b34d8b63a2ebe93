namespace Exchange.Node.Peers;

/// <summary>The register as this node knows it: polled every 10 seconds, verified with the operator's key, kept on disk.</summary>
internal sealed class RegisterCache
{
    /// <summary>The newest verified register.</summary>
    public RegisterView Current => throw new NotImplementedException();

    /// <summary>When the identity server last answered.</summary>
    public DateTimeOffset LastFetch => throw new NotImplementedException();

    /// <summary>Fetches now, for instance after publishing a product.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException">The identity server could not be reached or its register does not verify.</exception>
    public Task RefreshAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
