"""A bot on discord.py 2: answers what it hears, and shows what it made of it."""
import sys

import discord
from discord import gateway, http
from yarl import URL


class Bot(discord.Client):
    async def on_ready(self):
        print("ready", flush=True)

    async def on_message(self, message):
        if message.author.id == self.user.id:
            return
        where = "direct" if message.guild is None else "guild"
        marks = [where]
        if self.user in message.mentions:
            marks.append("mentioned")
        if message.author.bot:
            marks.append("bot")
        for file in message.attachments:
            marks.append(f"file {len(await file.read())}")
        async with message.channel.typing():
            await message.reply(f"{' '.join(marks)}: {message.clean_content}")

    async def on_message_edit(self, _before, after):
        if after.author.id != self.user.id:
            await after.channel.send(f"edited: {after.content}")


def main():
    url, token = sys.argv[1], sys.stdin.readline().strip()
    # The library has no option for another server.
    http.Route.BASE = f"{url}/v10"
    address = URL(url.replace("http://", "ws://").removesuffix("/api"))
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = address
    intents = discord.Intents.default()
    intents.message_content = True
    Bot(intents=intents).run(token, log_handler=None)


main()
