using System.Collections.Concurrent;
using Exchange.Node.Agreements;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Queries;

/// <summary>
/// The fragments that run now. One whose agreement was decided on, or whose caller the register has anew, is looked at once more, and
/// stopped where it would not be let in any more. Who revokes an agreement gets the outcome after every fragment under it was told to stop.
/// </summary>
internal sealed class FragmentsUnderWay : IDisposable
{
    private readonly ConcurrentDictionary<Running, byte> _running = new();
    private readonly AgreementStore _agreements;
    private readonly RegisterCache _register;

    public FragmentsUnderWay(AgreementStore agreements, RegisterCache register)
    {
        (_agreements, _register) = (agreements, register);
        agreements.Changed += LookAgain;
        register.Changed += LookAgain;
    }

    /// <summary>
    /// Enters a fragment until the handle is disposed. Enter it before its agreement is looked at: what is decided afterwards is then told to it.
    /// </summary>
    /// <param name="agreementId">The agreement it names.</param>
    /// <param name="check">Throws the refusal of one that may run no longer; called at any moment from any thread.</param>
    /// <param name="cancellationToken">Stops it as well.</param>
    public Running Enter(string agreementId, Action check, CancellationToken cancellationToken)
    {
        var running = new Running(this, agreementId, check, cancellationToken);
        _running[running] = 0;
        return running;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _agreements.Changed -= LookAgain;
        _register.Changed -= LookAgain;
    }

    private void LookAgain(string agreementId)
    {
        foreach (var running in _running.Keys.Where(running => running.AgreementId == agreementId))
        {
            running.LookAgain();
        }
    }

    private void LookAgain(RegisterView register)
    {
        foreach (var running in _running.Keys)
        {
            running.LookAgain();
        }
    }

    /// <summary>A fragment that runs.</summary>
    internal sealed class Running : IDisposable
    {
        private readonly FragmentsUnderWay _all;
        private readonly Action _check;
        private readonly Lock _stopping = new();
        private readonly CancellationTokenSource _stop;
        private bool _ended;

        internal Running(FragmentsUnderWay all, string agreementId, Action check, CancellationToken cancellationToken)
        {
            (_all, AgreementId, _check) = (all, agreementId, check);
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Token = _stop.Token;
        }

        /// <summary>The agreement it names.</summary>
        public string AgreementId { get; }

        /// <summary>Cancelled when it has to stop.</summary>
        public CancellationToken Token { get; }

        /// <summary>Why it was stopped; null where it was not, or by its asker.</summary>
        public ExchangeException? Refusal { get; private set; }

        /// <inheritdoc/>
        public void Dispose()
        {
            _all._running.TryRemove(this, out _);
            lock (_stopping)
            {
                _ended = true;
                _stop.Dispose();
            }
        }

        internal void LookAgain()
        {
            try
            {
                _check();
            }
            catch (ExchangeException refusal)
            {
                Stop(refusal);
            }
        }

        private void Stop(ExchangeException refusal)
        {
            lock (_stopping)
            {
                if (!_ended && Refusal is null)
                {
                    Refusal = refusal;
                    _stop.Cancel();
                }
            }
        }
    }
}
