using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace EtlTools.Shell;

/// <summary>What PowerShell's own host and commands reach as friends of the engine's assembly, and this host by reflection.</summary>
internal static class EngineInternals
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const string FormatNamespace = "Microsoft.PowerShell.Commands.Internal.Format.";

    private static Assembly Engine => typeof(PSObject).Assembly;

    /// <summary>Makes an `exit` of the next script end the session instead of only that script.</summary>
    public static void RethrowExitOfNextScript(Runspace runspace)
        => Property(Get(runspace, "ExecutionContext"), "ScriptCommandProcessorShouldRethrowExit", true);

    /// <summary>Marks an error record so that Out-Default shows it as an error.</summary>
    public static PSObject OnErrorStream(ErrorRecord record)
    {
        var shown = new PSObject(record);
        PropertyInfo stream = typeof(PSObject).GetProperty("WriteStream", Members)!;
        stream.SetValue(shown, Enum.Parse(stream.PropertyType, "Error"));
        return shown;
    }

    /// <summary>Makes an error record show another command's position than that of the one that writes it.</summary>
    public static void PointAt(ErrorRecord record, InvocationInfo position)
    {
        Call(record, "SetInvocationInfo", position);
        Property(record, "PreserveInvocationInfoOnce", true);
    }

    /// <summary>The exception that ends the commands before <paramref name="requester"/> with nothing but Dispose.</summary>
    public static Exception StopUpstream(InternalCommand requester)
        => (Exception)New("System.Management.Automation.StopUpstreamCommandsException", requester);

    /// <summary>Gives a format command the engine's implementation of a shape.</summary>
    public static void ImplementFormat(PSCmdlet command, string shape)
    {
        object value = Enum.Parse(Engine.GetType(FormatNamespace + "FormatShape", true)!, shape);
        Implement(command, New(FormatNamespace + "InnerFormatShapeCommand", value));
    }

    /// <summary>Gives an output command the engine's output manager; <see cref="WriteLinesTo"/> tells it where the lines go.</summary>
    public static void ImplementOutput(PSCmdlet command) => Implement(command, New(FormatNamespace + "OutputManagerInner"));

    public static void WriteLinesTo(PSCmdlet command, TextWriter writer, int width, bool suppressNewline)
    {
        object lines = New(FormatNamespace + "TextWriterLineOutput", writer, width, suppressNewline);
        object manager = command.GetType().GetField("implementation", Members)!.GetValue(command)!;
        Property(manager, "LineOutput", lines);
    }

    public static PSVariable? GetVariable(SessionState state, string name, string scope)
        => (PSVariable?)Call(state.PSVariable, "GetAtScope", name, scope);

    public static void SetVariable(SessionState state, PSVariable variable, string scope, bool force)
        => Call(Get(state, "Internal"), "SetVariableAtScope", variable, scope, force, CommandOrigin.Internal);

    private static void Implement(PSCmdlet command, object implementation)
        => command.GetType().GetField("implementation", Members)!.SetValue(command, implementation);

    private static object New(string type, params object[] arguments)
        => Activator.CreateInstance(Engine.GetType(type, true)!, Members, null, arguments, null)!;

    private static object? Call(object target, string method, params object[] arguments)
        => target.GetType().GetMethod(method, Members)!.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    private static object Get(object target, string property)
        => target.GetType().GetProperty(property, Members)!.GetValue(target)!;

    private static void Property(object target, string property, object value)
        => target.GetType().GetProperty(property, Members)!.SetValue(target, value);
}
