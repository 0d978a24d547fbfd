using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace EtlTools.Bench;

/// <summary>A PowerShell session with the built module, as a user has it.</summary>
internal sealed class Session : IBenchSession
{
    private readonly Runspace _runspace;

    public Session()
    {
        var state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("Write-BenchObject", typeof(WriteBenchObjectCommand), null));
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        _runspace.Open();
        Invoke($"Import-Module '{ModulePath()}'");
    }

    public string Host => "the hosted engine: no pwsh was found";

    /// <summary>Runs a script to its end; any error is fatal: a bench of a failure measures nothing.</summary>
    public void Invoke(string script) => Read(script);

    /// <summary>Runs a script and gives what it writes.</summary>
    public IReadOnlyList<PSObject> Read(string script)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        IReadOnlyList<PSObject> output = shell.AddScript(script).Invoke();
        return shell.Streams.Error.Count == 0 ? output : throw new InvalidOperationException(shell.Streams.Error[0].ToString());
    }

    /// <summary>Seconds that a script takes.</summary>
    public double Time(string script)
    {
        GC.Collect();
        long began = Stopwatch.GetTimestamp();
        Invoke(script);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Seconds of processor time that a script takes, all threads together.</summary>
    public double Work(string script)
    {
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        TimeSpan began = self.TotalProcessorTime;
        Invoke(script);
        self.Refresh();
        return (self.TotalProcessorTime - began).TotalSeconds;
    }

    public void Dispose() => _runspace.Dispose();

    public static string ModulePath()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string output = Path.Combine(folder.FullName, "output", "EtlTools");
            if (Directory.Exists(output))
                return Path.Combine(Directory.GetDirectories(output).Order().Last(), "EtlTools.psd1");
        }
        throw new InvalidOperationException("The module is not built: run build.ps1 first.");
    }
}
