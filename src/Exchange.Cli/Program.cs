using System.Runtime.InteropServices;
using Exchange.Cli;

using var stopping = new CancellationTokenSource();

// The first Ctrl-C or SIGTERM asks for a clean end; the second one is left to the system, which ends the process at once.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stopping.IsCancellationRequested;
    stopping.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

return await CliProgram.RunAsync(args, Console.Out, Console.Error, stopping.Token);
